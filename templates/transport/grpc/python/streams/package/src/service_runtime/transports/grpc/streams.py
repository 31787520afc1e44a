"""Answers in parts, as server streams.

What fails before the first part is the status of the call. Behind it a problem is a message, with
the same details: as the status it would overtake parts that the reader has not taken.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from google.protobuf.message import Message
from grpc.aio import InternalError
from service_runtime.calls.problem import Problem
from service_runtime.calls.streams import Item, StreamOperation, Streams
from service_runtime.transports import Host
from service_runtime.transports.grpc import status
from service_runtime.transports.grpc.metadata import Context, incoming
from service_runtime.transports.grpc.method import Method


class ServerStream:
    """An operation that answers in parts."""

    def __init__(
        self, host: Host, operation: StreamOperation[Any, Any, Any, Any], method: Method
    ) -> None:
        self._streams: Final = Streams.of(host.service, host.settings)
        self._operation: Final = operation
        self._method: Final = method

    async def answer(self, request: bytes, context: Context) -> None:
        """Send one item after the other, each when there is room for it.

        gRPC cancels this when the caller leaves and when its deadline passes.
        """
        writer = _Writer(context, self._method.encode)
        try:
            await self._streams.send(
                self._operation, self._method.decode(request), incoming(context), writer.send
            )
        except asyncio.CancelledError:
            if not writer.has_left:
                raise
        except Problem as problem:
            if not writer.has_begun:
                await status.abort(context, problem)
            await writer.end(problem)


class _Writer:
    """Writes what an answer is made of, one message at a time as gRPC takes them.

    Attributes:
        has_begun: There was a message.
        has_left: The caller left.
    """

    def __init__(self, context: Context, encode: Callable[[Item | Problem], bytes]) -> None:
        self.has_begun = False
        self.has_left = False
        self._context: Final = context
        self._encode: Final = encode
        self._write: Coroutine[asyncio.Future[Any], None, None] | None = None
        self._step: asyncio.Future[Any] | None = None

    async def send(self, item: Item) -> None:
        """Write an item. An answer that ends meanwhile does not cancel it: gRPC has it already.

        A task behind `asyncio.shield` does the same, in several turns of the loop for each part.

        Raises:
            CancelledError: The caller left, which gRPC says ahead of cancelling.
        """
        self._write = self._context.write(self._encode(item))
        self.has_begun = True
        try:
            while (step := self._next(self._write)) is not None:
                await _end_of(step)
        except InternalError:
            self.has_left = True
            raise asyncio.CancelledError from None

    async def end(self, problem: Problem) -> None:
        """Write a problem, behind the item that may be on its way."""
        # An error says that the caller has left.
        with suppress(InternalError):
            step = self._step
            while self._write is not None and step is not None:
                await _end_of(step)
                step = self._next(self._write)
            await self._context.write(self._encode(problem))

    def _next(
        self, write: Coroutine[asyncio.Future[Any], None, None]
    ) -> asyncio.Future[Any] | None:
        """What gRPC waits for next, or None behind the end of a write."""
        self._step = None
        try:
            self._step = write.send(None)
        except StopIteration:
            return None
        return self._step


def _end_of(step: asyncio.Future[Any]) -> asyncio.Future[None]:
    end: asyncio.Future[None] = step.get_loop().create_future()

    def resolve(step: asyncio.Future[Any]) -> None:
        if not step.cancelled():
            # Who waits may be cancelled: an error that was looked at is kept out of the log.
            step.exception()
        if not end.done():
            end.set_result(None)

    step.add_done_callback(resolve)
    return end


def item_of(
    response: Callable[..., Message],
    part: Callable[[Any], Message],
    output: Callable[[Any], Message],
) -> Callable[[Item | Problem], Message]:
    """How what an answer is made of is encoded.

    Args:
        response: The message of which each holds one item.
        part: From a part to its message.
        output: From the output to its message.
    """

    def encode(item: Item | Problem) -> Message:
        if isinstance(item, Problem):
            return response(problem=status.status_of(item).SerializeToString())
        return response(output=output(item.value)) if item.last else response(part=part(item.value))

    return encode
