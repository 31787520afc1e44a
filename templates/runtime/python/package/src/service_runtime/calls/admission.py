"""How many calls run at once, and how many may wait."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from service_runtime.calls.problem import Problem
from service_runtime.observability.metrics import CALLS_RUNNING, CALLS_WAITING, JOBS_RUNNING

RETRY_AFTER: Final = 1.0
"""Seconds after which a caller that was refused may try again."""


class Admission:
    """A door with a bounded queue: beyond it, a call is refused at once instead of piling up.

    Jobs have places of their own, so that a row of long ones holds up no call, and wait for one
    however long that takes: what brings them takes no more than it can keep.
    """

    def __init__(self, concurrency: int, queue: int, jobs: int) -> None:
        """Let `concurrency` calls run and `queue` further ones wait; let `jobs` jobs run."""
        self._places: Final = asyncio.Semaphore(concurrency)
        self._jobs: Final = asyncio.Semaphore(jobs)
        self._queue: Final = queue
        self._waiting = 0

    @asynccontextmanager
    async def job(self) -> AsyncGenerator[None]:
        """Wait for one of the places for jobs and hold it."""
        async with self._jobs:
            with JOBS_RUNNING.track_inprogress():
                yield

    @asynccontextmanager
    async def admitted(self) -> AsyncGenerator[None]:
        """Wait for a place and hold it.

        Raises:
            Problem: `resource_exhausted` when the queue is full.
        """
        await self._enter()
        try:
            with CALLS_RUNNING.track_inprogress():
                yield
        finally:
            self._places.release()

    async def _enter(self) -> None:
        if self._places.locked() and self._waiting >= self._queue:
            raise Problem(
                "resource_exhausted",
                "the service is busy and its queue is full",
                retry_after=RETRY_AFTER,
            )
        self._waiting += 1
        try:
            with CALLS_WAITING.track_inprogress():
                await self._places.acquire()
        finally:
            self._waiting -= 1
