"""Lines of JSON, in records of a broker.

A line says something of one answer in parts. Those for one reader that are put within one turn of
the event loop, or while a record is on its way, leave together in the next record, in their order;
none waits for others. The gateway has the same in `transports/messages/lines.ts`.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, cast

import structlog

LINES_TYPE: Final = "application/x-ndjson"
"""Media type of a record: lines of JSON with a line feed between them."""

MOST_BYTES: Final = 32 * 1024
"""Of a record with more than one line: far below what brokers take."""

Lost = Callable[[BaseException], None]

_logger = structlog.stdlib.get_logger(__name__)


class Record:
    """Lines that leave together."""

    def __init__(self) -> None:
        self._lines: Final[list[bytes]] = []
        self._lost: Final[list[Lost]] = []
        self._left: Final = asyncio.Event()
        self._size = 0

    def add(self, line: bytes, lost: Lost) -> bool:
        """Take a line, where there is room for it."""
        self._size += len(line) + 1
        if self._lines and self._size > MOST_BYTES:
            return False
        self._lines.append(line)
        self._lost.append(lost)
        return True

    async def send(
        self, send: Callable[[bytes], Awaitable[None]], lost: tuple[type[Exception], ...]
    ) -> None:
        """Send the lines, or say to whom they belong that they are lost, whatever the reason."""
        try:
            await send(b"\n".join(self._lines))
        except BaseException as error:
            self.lose(error)
            if not isinstance(error, lost):
                raise
        self._left.set()

    def lose(self, why: BaseException) -> None:
        """Say that they are lost."""
        for say in self._lost:
            say(why)
        self._left.set()

    async def left(self) -> None:
        """Return when the broker's client has it, or it is lost."""
        await self._left.wait()


class Outbox:
    """Lines for one reader, on their way."""

    def __init__(
        self, send: Callable[[bytes], Awaitable[None]], lost: tuple[type[Exception], ...]
    ) -> None:
        """Begin with none.

        Args:
            send: Sends a record.
            lost: What it raises when the broker is away.
        """
        self._send: Final = send
        self._lost: Final = lost
        self._waiting: Final[deque[Record]] = deque()
        self._sending: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """More waits than one record holds."""
        return len(self._waiting) > 1

    def put(self, line: bytes, lost: Lost) -> Record:
        """Put a line behind the others.

        Args:
            line: JSON in one line.
            lost: Called with why when it is lost.

        Returns:
            What it leaves with.
        """
        if not (self._waiting and self._waiting[-1].add(line, lost)):
            record = Record()
            record.add(line, lost)
            self._waiting.append(record)
        if self._sending is None or self._sending.done():
            # Begins when all that is ready in this turn has run.
            self._sending = asyncio.create_task(self._drain())
        return self._waiting[-1]

    async def close(self) -> None:
        """Lose what has not left, and end sending."""
        sending = self._sending
        if sending is None or sending.done():
            return
        sending.cancel()
        await asyncio.wait([sending])
        self._lose(asyncio.CancelledError("the service ends"))

    def _lose(self, why: BaseException) -> None:
        while self._waiting:
            self._waiting.popleft().lose(why)

    async def _drain(self) -> None:
        while self._waiting:
            try:
                await self._waiting.popleft().send(self._send, self._lost)
            except (Exception, asyncio.CancelledError):
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                # A channel that ends cancels, too, what waits for it: the next may have another.
                _logger.exception("a record of answers did not leave")


def read_lines(body: bytes) -> Iterator[dict[str, Any]]:
    """The lines of a record; what is no object is passed over."""
    for text in body.splitlines():
        try:
            line: object = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict):
            yield cast("dict[str, Any]", line)
