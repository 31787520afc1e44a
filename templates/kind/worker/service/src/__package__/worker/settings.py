"""What the worker reads from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings


class WorkerSettings(BaseSettings):
    """Limits of the background work."""

    worker_concurrency: int = Field(default=4, ge=1)
    worker_queue: int = Field(default=1000, ge=0)
    worker_grace_seconds: float = Field(default=10, ge=0)
