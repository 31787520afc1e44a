"""Routes that are answered without FastAPI's way to an endpoint.

FastAPI tries one route after the other, makes Python values of a body before it validates them,
and solves the parameters of the endpoint anew with each request: that takes longer than all that a
call is promised. The routes are there all the same, in the documentation and for whatever is not
answered here.
"""

from collections.abc import Awaitable, Callable, Mapping
from email.message import Message as Headers
from typing import Any, Final, TypeAlias

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from service_runtime.calls.problem import Problem
from service_runtime.server.fastapi.errors import not_json
from service_runtime.server.lifecycle import Lifecycle
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

Answer: TypeAlias = Callable[
    [Lifecycle[Any, Any], bytes, Mapping[str, str], Receive], Awaitable[bytes]
]
"""From a body in JSON, and the headers by lower-case names, to an answer in JSON.

The next message received is that of the client's leaving. `Problem`, `RequestValidationError`,
`HTTPException` and `ClientDisconnect` are for the exception handlers of the application. JSON is
that of RFC 8259, 8.1: UTF-8.
"""

Answers: TypeAlias = Mapping[str, tuple[APIRoute, Answer]]
"""By path: a route to which JSON is posted, and what answers in its place."""


class DirectRouter(APIRouter):
    """A router with a short way to some of its routes, where `create_app` includes it.

    Attributes:
        answers: Those routes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: Final[dict[str, tuple[APIRoute, Answer]]] = {}


class Direct:
    """The short way, behind all other middleware."""

    def __init__(self, app: ASGIApp, lifecycle: Lifecycle[Any, Any], answers: Answers) -> None:
        self._app: Final = app
        self._lifecycle: Final = lifecycle
        self._answers: Final = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        found = None
        if scope["type"] == "http" and scope["method"] == "POST":
            found = self._answers.get(scope["path"])
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["route"], answer = found
        # Of a header that is there twice the first counts, as everywhere.
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(scope["headers"])
        }
        try:
            body = await _body(receive, headers.get("content-type", ""))
            content = await answer(self._lifecycle, body, headers, receive)
        except _EXPECTED as error:
            refuse = ExceptionMiddleware(_raising(error), _handlers(scope["app"]))
            await refuse(scope, receive, send)
            return
        size = (b"content-length", b"%d" % len(content))
        await send({"type": "http.response.start", "status": 200, "headers": [size, _JSON]})
        await send({"type": "http.response.body", "body": content})


_JSON: Final = (b"content-type", b"application/json")
_EXPECTED: Final = (Problem, RequestValidationError, HTTPException, ClientDisconnect)


async def _body(receive: Receive, content_type: str) -> bytes:
    message = await receive()
    parts = [message.get("body", b"")]
    while message.get("more_body", False):
        message = await receive()
        parts.append(message.get("body", b""))
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    body = b"".join(parts)
    if body and not _is_json(content_type):
        raise not_json()
    return body


def _is_json(content_type: str) -> bool:
    if content_type == "application/json":
        return True
    # As FastAPI reads it.
    headers = Headers()
    headers["content-type"] = content_type
    subtype = headers.get_content_subtype()
    is_json = subtype == "json" or subtype.endswith("+json")
    return headers.get_content_maintype() == "application" and is_json


def _raising(error: Exception) -> ASGIApp:
    async def raise_it(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise error

    return raise_it


def _handlers(app: FastAPI) -> dict[Any, Any]:
    """Those but the last one, which answers outside of every middleware."""
    handlers = app.exception_handlers
    return {key: handlers[key] for key in handlers if key not in (500, Exception)}
