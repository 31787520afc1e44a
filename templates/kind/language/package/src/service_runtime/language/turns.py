"""Whose turn it is: so many at once, so many that wait, and when the rest may come back."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from prometheus_client import Gauge
from service_runtime.calls.problem import Problem

WAITING: Final = Gauge("language_waiting", "Conversations that wait for their turn.")

FIRST_GUESS: Final = 5.0
"""Seconds that a turn is thought to take before any has come to its end."""

WEIGHT: Final = 0.2
"""Of the latest turn in the mean of all that came to their end."""


class Turns:
    """A door with places behind it and a bounded queue before it.

    Attributes:
        running: Who has a place.
        waiting: Who waits for one.
    """

    def __init__(self, places: int, queue: int, patience: float) -> None:
        """Open the door.

        Args:
            places: Turns at once.
            queue: Who may wait.
            patience: Seconds that one waits at most.
        """
        self.running = 0
        self.waiting = 0
        self._places: Final = places
        self._queue: Final = queue
        self._patience: Final = patience
        self._free: Final = asyncio.Semaphore(places)
        self._mean = FIRST_GUESS

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a place and hold it, until the end of an answer or an exception.

        Raises:
            Problem: `resource_exhausted`, with the time after which a place is likely: the queue is
                full, or the wait was too long.
        """
        await self._enter()
        started = time.monotonic()
        self.running += 1
        try:
            yield
            # Only here: one that fails at once says nothing of how long the others take.
            self._mean += WEIGHT * (time.monotonic() - started - self._mean)
        finally:
            self.running -= 1
            self._free.release()

    async def _enter(self) -> None:
        if self._free.locked() and self.waiting >= self._queue:
            raise self._refusal(f"{self.waiting} conversations already wait for the model")
        self.waiting += 1
        WAITING.inc()
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise self._refusal("the model is busy with other conversations") from None
        finally:
            self.waiting -= 1
            WAITING.dec()

    def _refusal(self, why: str) -> Problem:
        # Who comes back then finds those gone that wait now, and a place.
        seconds = self._mean * (self.waiting + 1) / self._places
        return Problem("resource_exhausted", why, retry_after=float(max(1, math.ceil(seconds))))
