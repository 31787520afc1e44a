"""Answers in parts, as server streams.

What fails before the first part is the status of the call. Behind it a problem is a message, with
the same details: as the status it would overtake parts that the reader has not taken.
"""

from collections.abc import Callable
from contextlib import aclosing
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
        has_begun = False
        try:
            items = self._streams.run(
                self._operation, self._method.decode(request), incoming(context)
            )
            async with aclosing(items):
                async for item in items:
                    await context.write(self._method.encode(item))
                    has_begun = True
        except InternalError:
            # The caller left while an item was on its way, which gRPC says ahead of cancelling.
            return
        except Problem as problem:
            if not has_begun:
                await status.abort(context, problem)
            await context.write(self._method.encode(problem))


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
