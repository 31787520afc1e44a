"""Routes of operations that answer in parts: server-sent events (WHATWG HTML, 9.2).

`part` again and again, then `end` with the output, or `problem`. What fails before the first part
is an ordinary problem with its status.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, Final

from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic_core import to_json
from service_runtime.calls.problem import Problem
from service_runtime.calls.streams import Item, StreamOperation, Streams
from service_runtime.server.fastapi.caller import IncomingCall, LifecycleOf, attend, endpoint_of
from service_runtime.server.fastapi.errors import PROBLEMS, problem_response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
]


class PartsResponse(JSONResponse):
    """An answer in parts, for as long as its client is there.

    Each is JSON: of another response the documentation would say that it is text.
    """

    media_type = "text/event-stream"

    def __init__(self, items: AsyncGenerator[Item]) -> None:
        super().__init__(None)
        self._items: Final = items

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send one item after the other, each when there is room for it."""
        # Nobody is there to receive anything.
        with suppress(ClientDisconnect):
            await attend(self._answer(scope, receive, send), receive)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._items) as items:
            try:
                first = await anext(items)
            except Problem as problem:
                await problem_response(problem)(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await _send(send, _event(first))
            try:
                async for item in items:
                    await _send(send, _event(item))
            except Problem as problem:
                await _send(send, _problem(problem))
            await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, frame: bytes) -> None:
    await send({"type": "http.response.body", "body": frame, "more_body": True})


def _event(item: Item) -> bytes:
    return _frame(b"end" if item.last else b"part", item.data)


def _problem(problem: Problem) -> bytes:
    again = {} if problem.retry_after is None else {"retry_after": problem.retry_after}
    return _frame(b"problem", to_json({**problem.document(), **again}))


def _frame(name: bytes, data: bytes) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name, data)


def stream_route(operation: StreamOperation[Any, Any, Any, Any]) -> APIRoute:
    """The route of an operation."""
    return APIRoute(
        f"/operations/{operation.name}",
        _endpoint(operation),
        methods=["POST"],
        operation_id=operation.name,
        status_code=200,
        response_class=PartsResponse,
        response_model=operation.part | operation.output,
        responses=PROBLEMS,
    )


def _endpoint(
    operation: StreamOperation[Any, Any, Any, Any],
) -> Callable[..., Awaitable[PartsResponse]]:
    async def answer(
        payload: Any,  # noqa: ANN401
        lifecycle: LifecycleOf,
        incoming: IncomingCall,
        **dependencies: Any,  # noqa: ANN401
    ) -> PartsResponse:
        streams = Streams.of(lifecycle.service, lifecycle.settings)
        asked = replace(incoming, dependencies=dependencies)
        return PartsResponse(streams.run(operation, payload, asked))

    own = {"payload": operation.input, "lifecycle": LifecycleOf, "incoming": IncomingCall}
    return endpoint_of(answer, operation.handler, own, operation.dependencies())
