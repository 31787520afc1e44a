"""From who gives items one after the other to who asks for them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")


async def pulled(
    source: Callable[[Callable[[T], Awaitable[None]]], Coroutine[Any, Any, None]],
) -> AsyncGenerator[T]:
    """Items as they are asked for, from what gives them by a call.

    Closing the generator cancels the source, and waits for its end.

    Args:
        source: Runs until all is given. What it is called with takes an item, and returns when the
            next one is asked for: none is made ahead.

    Yields:
        What the source gives.

    Raises:
        Exception: What the source raised, behind the items that it gave before.
    """
    handover = _Handover[T]()
    giving = asyncio.create_task(source(handover.give))
    giving.add_done_callback(handover.close)
    try:
        while (given := await handover.next()) is not None:
            yield given[0]
        await giving
    finally:
        giving.cancel()
        await asyncio.gather(giving, return_exceptions=True)


class _Handover(Generic[T]):
    """One item at a time."""

    def __init__(self) -> None:
        self._loop: Final = asyncio.get_running_loop()
        self._wanted: asyncio.Future[None] = self._loop.create_future()
        self._given: asyncio.Future[tuple[T] | None] = self._loop.create_future()
        self._closed = False

    async def give(self, item: T) -> None:
        """Give an item; return when the next one is asked for."""
        self._wanted = self._loop.create_future()
        self._hand((item,))
        await self._wanted

    def next(self) -> asyncio.Future[tuple[T] | None]:
        """Ask for an item; it is None when there is no more."""
        self._given = self._loop.create_future()
        if self._closed:
            self._given.set_result(None)
        elif not self._wanted.done():
            self._wanted.set_result(None)
        return self._given

    def close(self, _giving: object) -> None:
        """There is no more."""
        self._closed = True
        self._hand(None)

    def _hand(self, given: tuple[T] | None) -> None:
        # Who asked may have left.
        if not self._given.done():
            self._given.set_result(given)
