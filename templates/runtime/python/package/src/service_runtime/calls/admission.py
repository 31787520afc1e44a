"""How many calls run at once, and how many may wait."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakSet

from service_runtime.calls.problem import Problem
from service_runtime.observability.metrics import CALLS_RUNNING, CALLS_WAITING, JOBS_RUNNING

RETRY_AFTER: Final = 1.0
"""Seconds after which a caller that was refused may try again."""


class Admission:
    """A door with a bounded queue: beyond it, a call is refused at once instead of piling up.

    Jobs have places of their own, so that a row of long ones holds up no call, and wait for one
    however long that takes: what brings them takes no more than it can keep.

    Attributes:
        running: Calls that have a place.
    """

    def __init__(self, concurrency: int, queue: int, jobs: int) -> None:
        """Let `concurrency` calls run and `queue` further ones wait; let `jobs` jobs run."""
        self.running = 0
        self._concurrency: Final = concurrency
        self._queue: Final = queue
        self._waiting: Final[deque[asyncio.Future[None]]] = deque()
        self._jobs: Final = asyncio.Semaphore(jobs)
        _DOORS.add(self)

    @property
    def waiting(self) -> int:
        """Calls that wait for a place."""
        return len(self._waiting)

    @asynccontextmanager
    async def job(self) -> AsyncGenerator[None]:
        """Wait for one of the places for jobs and hold it."""
        async with self._jobs:
            with JOBS_RUNNING.track_inprogress():
                yield

    async def enter(self) -> None:
        """Wait for a place; who has it gives it back by `leave`.

        Raises:
            Problem: `resource_exhausted` when the queue is full.
        """
        if self.running < self._concurrency:
            self.running += 1
            return
        if len(self._waiting) >= self._queue:
            raise Problem(
                "resource_exhausted",
                "the service is busy and its queue is full",
                retry_after=RETRY_AFTER,
            )
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # The place came together with the end of the wait.
                self.leave()
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def leave(self) -> None:
        """Give the place to who waits longest, from now on: that one waits no more."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.running -= 1


_DOORS: Final[WeakSet[Admission]] = WeakSet()
CALLS_RUNNING.set_function(lambda: sum(door.running for door in _DOORS))
CALLS_WAITING.set_function(lambda: sum(door.waiting for door in _DOORS))
