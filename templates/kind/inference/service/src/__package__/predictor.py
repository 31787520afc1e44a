"""The model behind its batcher: what handlers ask."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

from opentelemetry import trace
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings
from service_runtime.batching import Batcher, BatchLimits

from .model import DigitsModel, Prediction


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
    batch_max_delay_ms: float = Field(default=0, ge=0, le=1000)
    batch_queue_limit: int = Field(default=256, ge=1, le=65536)
    batch_stall_seconds: float = Field(default=10, gt=0, le=600)

    @model_validator(mode="after")
    def _queue_holds_a_batch(self) -> Self:
        if self.batch_queue_limit < self.batch_max_size:
            raise ValueError("BATCH_QUEUE_LIMIT must be at least BATCH_MAX_SIZE")
        return self


class Predictor:
    """Answers for single pictures, computed in batches."""

    def __init__(self, model: str, batcher: Batcher[Sequence[float], Prediction]) -> None:
        """Join a model's name, as `name@version`, with a running batcher of that model."""
        self.model: Final = model
        self._batcher: Final = batcher

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: InferenceSettings) -> AsyncGenerator[Self]:
        """Load the model, warm it up and start its worker; on leaving, stop it.

        Raises:
            ModelError: The model cannot be served.
        """
        model = await asyncio.to_thread(
            DigitsModel.load,
            settings.model_path,
            settings.model_threads,
        )
        await asyncio.to_thread(model.warm_up, settings.batch_max_size)
        limits = BatchLimits(
            max_size=settings.batch_max_size,
            max_delay=settings.batch_max_delay_ms / 1000,
            queue_limit=settings.batch_queue_limit,
            stall_after=settings.batch_stall_seconds,
        )
        async with Batcher(model.predict, limits) as batcher:
            yield cls(model.name, batcher)

    def check(self) -> None:
        """Return when pictures can be read.

        Raises:
            Problem: `unavailable`, with the reason.
        """
        self._batcher.check()

    async def predict(self, pixels: Sequence[float], deadline: float) -> Prediction:
        """Read the digit of a picture.

        Args:
            pixels: 64 numbers from 0 to 16, row by row.
            deadline: When the answer is no longer wanted, in seconds of `time.monotonic()`.

        Raises:
            Problem: As `Batcher.submit` does.
        """
        trace.get_current_span().set_attribute("inference.model", self.model)
        return await self._batcher.submit(pixels, deadline)
