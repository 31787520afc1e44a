"""The work in the background: what is no longer kept is removed, what is kept is counted up."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from .observations import Observations

_logger = logging.getLogger(__name__)


@asynccontextmanager
async def sweeping(observations: Observations, interval: float) -> AsyncGenerator[None]:
    """Sweep now and every `interval` seconds, until this is left; a sweep under way is finished."""
    left = asyncio.Event()
    task = asyncio.create_task(_sweep_on(observations, interval, left), name="sweep")
    try:
        yield
    finally:
        # Not cancelled: a connection to the store that is just being opened would be left behind.
        left.set()
        await task


async def _sweep_on(observations: Observations, interval: float, left: asyncio.Event) -> None:
    while not left.is_set():
        try:
            removed = await observations.sweep()
            if removed:
                _logger.info("removed %d observations that are no longer kept", removed)
            since = await observations.count_up()
            while since is not None and not left.is_set():
                since = await observations.count_up(since)
        except Exception:
            # It may be over by the next time; readiness reports that of the store meanwhile.
            _logger.exception("could not remove old observations or count up the rest")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(interval):
                await left.wait()
