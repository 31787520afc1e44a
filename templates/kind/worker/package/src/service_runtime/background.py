"""Background work in this process: bounded, observed, finished before the service ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog
from opentelemetry import trace
from prometheus_client import Counter, Gauge
from pydantic import Field
from pydantic_settings import BaseSettings
from service_runtime.calls.problem import Problem

UNFINISHED: Final = Gauge("worker_jobs_unfinished", "Jobs that run or wait.")
FINISHED: Final = Counter("worker_jobs_finished", "Jobs that ended.", ["job", "outcome"])
"""By the job's name and `done`, `failed` or `cancelled`."""

Job = Callable[[], Awaitable[None]]


class WorkerSettings(BaseSettings):
    """Part of the service's settings.

    Attributes:
        worker_concurrency: Jobs that run at once.
        worker_queue: Jobs that may wait.
        worker_grace_seconds: Seconds that jobs get to finish, when the service stops.
    """

    worker_concurrency: int = Field(default=4, ge=1)
    worker_queue: int = Field(default=1000, ge=0)
    worker_grace_seconds: float = Field(default=10, ge=0)


_logger = structlog.stdlib.get_logger(__name__)
_tracer = trace.get_tracer(__name__)


class Background:
    """Takes jobs and does them, some at a time, in the order in which they came.

    A job lives in memory: it is lost when the process is killed. What must not be lost belongs
    into a store or a queue first.
    """

    def __init__(self, concurrency: int, queue: int) -> None:
        self._capacity: Final = concurrency + queue
        self._places: Final = asyncio.Semaphore(concurrency)
        self._jobs: Final = set[asyncio.Task[None]]()
        self._closed = False

    @classmethod
    @asynccontextmanager
    async def open(cls, concurrency: int, queue: int, grace: float) -> AsyncGenerator["Background"]:
        """Take jobs until leaving; then finish those there are.

        Args:
            concurrency: Jobs that run at once.
            queue: Jobs that may wait.
            grace: Seconds after which those that are still not finished are cancelled.
        """
        background = cls(concurrency, queue)
        try:
            yield background
        finally:
            await background._close(grace)

    def start(self, name: str, job: Job) -> None:
        """Take a job; it begins when a place is free.

        Its span belongs to the trace of who starts it. A job that fails is logged and counted;
        nobody waits for its outcome.

        Args:
            name: What kind of job it is, from a small set of words.
            job: What to do.

        Raises:
            Problem: `resource_exhausted` when too many wait, `unavailable` while stopping.
        """
        if self._closed:
            raise Problem("unavailable", "the worker is stopping")
        if self.is_full:
            raise Problem(
                "resource_exhausted", "the worker has more to do than it may keep", retry_after=5
            )
        task = asyncio.create_task(self._run(name, job), name=name)
        self._jobs.add(task)
        UNFINISHED.inc()
        task.add_done_callback(self._forget)

    @property
    def is_full(self) -> bool:
        """The next job would be refused."""
        return len(self._jobs) >= self._capacity

    async def _run(self, name: str, job: Job) -> None:
        outcome = "cancelled"
        try:
            async with self._places:
                with _tracer.start_as_current_span(name):
                    await job()
            outcome = "done"
        except Exception:
            outcome = "failed"
            _logger.exception("job failed", job=name)
        finally:
            FINISHED.labels(name, outcome).inc()

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._jobs.discard(task)
        UNFINISHED.dec()

    async def _close(self, grace: float) -> None:
        self._closed = True
        jobs = set(self._jobs)
        if not jobs:
            return
        _, late = await asyncio.wait(jobs, timeout=grace)
        if late:
            _logger.warning("jobs cancelled at the end of the grace period", jobs=len(late))
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
