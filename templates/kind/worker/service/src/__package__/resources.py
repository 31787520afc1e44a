"""What lives as long as the process. Yours: add stores, clients, schedules."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from service_runtime import Events, Problem
from service_runtime.background import Background

from .settings import Settings


@dataclass(slots=True)
class Resources:
    """Given to every handler.

    Attributes:
        background: Takes work that goes on after the answer.
        events: Where that work publishes what happened.
    """

    background: Background
    events: Events

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, events: Events) -> AsyncGenerator["Resources"]:
        """Start what handlers need; on leaving, finish the work and stop."""
        async with Background.open(
            concurrency=settings.worker_concurrency,
            queue=settings.worker_queue,
            grace=settings.worker_grace_seconds,
        ) as background:
            yield cls(background, events)

    async def ready(self) -> None:
        """Return when requests can be answered.

        Raises:
            Problem: `unavailable` while no further work can be taken.
        """
        if self.background.is_full:
            raise Problem("unavailable", "the worker has more to do than it may keep")
