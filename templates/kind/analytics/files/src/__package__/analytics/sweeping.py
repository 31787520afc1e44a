"""The work in the background: what is no longer kept is removed."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError

from ..service.problem import Problem
from .observations import Observations

_log = logging.getLogger(__name__)


@asynccontextmanager
async def sweeping(observations: Observations, interval: float) -> AsyncGenerator[None]:
    """Sweep now and every `interval` seconds, until this is left."""
    task = asyncio.create_task(_sweep_on(observations, interval), name="sweep")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _sweep_on(observations: Observations, interval: float) -> None:
    while True:
        try:
            removed = await observations.sweep()
            if removed:
                _log.info("removed %d observations that are no longer kept", removed)
        except (Problem, SQLAlchemyError):
            # The store may be back by the next time; readiness tells of it meanwhile.
            _log.exception("could not remove old observations")
        await asyncio.sleep(interval)
