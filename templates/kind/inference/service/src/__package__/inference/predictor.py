"""The model behind its batcher: what handlers ask."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final, Self

from opentelemetry import trace

from .batcher import Batcher, BatchLimits
from .model import DigitsModel, Prediction
from .settings import InferenceSettings


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
