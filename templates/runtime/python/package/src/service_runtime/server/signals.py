"""What a signal to stop means, whatever server runs the service."""

import asyncio
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

STOP: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def calling(begin: Callable[[], None]) -> Generator[None]:
    """Call `begin` on this event loop when the process is asked to stop, before the server is.

    A server waits for what it is answering, and a stream of events has no end of its own: the
    service must end it. Where it cannot listen to signals (in a thread), nothing is called.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in STOP}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(begin)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    # Only where the server listens: a signal that nobody handles ends the process as ever.
    handled = [number for number in STOP if callable(before[number])]
    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
