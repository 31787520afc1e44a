"""Answers in parts, as server streams.

What fails before the first part is the status of the call. Behind it a problem is a message, with
the same details: as the status it would overtake parts that the reader has not taken.
"""

import asyncio
from collections.abc import Callable
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
        encode = self._method.encode
        written: asyncio.Future[None] | None = None
        has_left = False

        async def send(item: Item) -> None:
            nonlocal written, has_left
            written = asyncio.ensure_future(context.write(encode(item)))
            try:
                # An answer that ends meanwhile does not cancel it: gRPC has it already.
                await asyncio.shield(written)
            except InternalError:
                # The caller left, which gRPC says ahead of cancelling.
                has_left = True
                raise asyncio.CancelledError from None

        try:
            await self._streams.send(
                self._operation, self._method.decode(request), incoming(context), send
            )
        except asyncio.CancelledError:
            if not has_left:
                raise
        except Problem as problem:
            if written is None:
                await status.abort(context, problem)
            # gRPC takes one at a time; its error says that the caller has left.
            with suppress(InternalError):
                await written
                await context.write(encode(problem))
        finally:
            if written is not None:
                written.cancel()


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
