"""What can be set of model serving."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings


class InferenceSettings(BaseSettings):
    """Part of the service's settings.

    Attributes:
        model_path: The ONNX file; its description stands beside it with the suffix `.json`.
        model_threads: Threads that compute one batch.
        batch_max_size: Items that are computed together at most.
        batch_max_delay_ms: Milliseconds that the first item of a batch waits for others.
        batch_queue_limit: Items that may wait.
        batch_stall_seconds: Seconds after which a batch that does not end makes the service not
            ready.
    """

    model_path: Path = Path("models/digits.onnx")
    model_threads: int = Field(default=1, ge=1, le=256)
    batch_max_size: int = Field(default=32, ge=1, le=4096)
    batch_max_delay_ms: float = Field(default=2, ge=0, le=1000)
    batch_queue_limit: int = Field(default=256, ge=1, le=65536)
    batch_stall_seconds: float = Field(default=10, gt=0, le=600)

    @model_validator(mode="after")
    def _queue_holds_a_batch(self) -> Self:
        if self.batch_queue_limit < self.batch_max_size:
            raise ValueError("BATCH_QUEUE_LIMIT must be at least BATCH_MAX_SIZE")
        return self
