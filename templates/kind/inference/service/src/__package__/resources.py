"""What lives as long as the process, for every handler to use."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from service_runtime import Events

from .predictor import Predictor
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Resources:
    """Add what your own handlers need: a client, a pool, a cache.

    Attributes:
        predictor: The model.
    """

    predictor: Predictor

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, events: Events) -> AsyncGenerator[Self]:
        """Start what requests need; on leaving, stop it.

        Args:
            settings: The service's settings.
            events: Where to publish what happens by itself, outside of any request.
        """
        del events  # The model publishes nothing.
        async with Predictor.open(settings) as predictor:
            yield cls(predictor=predictor)

    async def ready(self) -> None:
        """Return when requests can be answered.

        Raises:
            Problem: `unavailable`, with the reason.
        """
        self.predictor.check()
