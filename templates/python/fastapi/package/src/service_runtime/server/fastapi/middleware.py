"""What every request passes, the first one first: measured, let in, bounded."""

import time
from http import HTTPStatus
from typing import Any, Final, cast

from anyio import BrokenResourceError
from service_runtime.calls.problem import Problem
from service_runtime.observability.metrics import request_seconds
from service_runtime.server import http
from service_runtime.server.fastapi.errors import problem_response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOO_LARGE: Final = 413

_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class Measurement:
    """Measures the time until an answer begins: a stream is not slow because it goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app: Final = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        has_begun = False

        async def measured(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                _observe(scope, message["status"], started)
            await send(message)

        try:
            await self._app(scope, receive, measured)
        except Exception as error:
            if has_begun and _has_left(error):
                return
            # Starlette answers what nobody expected outside of every middleware.
            if not has_begun:
                _observe(scope, HTTPStatus.INTERNAL_SERVER_ERROR, started)
            raise


def _has_left(error: Exception) -> bool:
    """Whether the client of a stream left while something waited to be sent to it.

    FastAPI closes what it reads of a stream before it ends what writes there, which fails then.
    """
    if not isinstance(error, ExceptionGroup):
        return False
    _, others = cast("ExceptionGroup[Exception]", error).split(BrokenResourceError)
    return others is None


def _observe(scope: Scope, status: int, started: float) -> None:
    # Whoever calls chooses the method; a label has few values.
    method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
    request_seconds(method, _route(scope), status).observe(time.monotonic() - started)


def _route(scope: Scope) -> str:
    """The path of a route as it was declared; `""` where none was found, or looked for."""
    # A router that is included knows its own part of the path only; FastAPI keeps the whole here.
    whole: Any = scope.get("fastapi", {}).get("effective_route_context")
    return getattr(whole or scope.get("route"), "path_format", "")


def _header(scope: Scope, name: bytes) -> str | None:
    value: bytes
    for header, value in scope["headers"]:
        if header == name:
            return value.decode("latin-1")
    return None


class Authentication:
    """Asks for the service token before anything of the body is read.

    A middleware and not a dependency: FastAPI reads and parses the body before it looks at
    dependencies, and a route that somebody adds is closed until it is opened.
    """

    def __init__(self, app: ASGIApp, tokens: list[str], open_paths: frozenset[str | None]) -> None:
        self._app: Final = app
        self._tokens: Final = tokens
        self._open_paths: Final = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer `unauthenticated`."""
        if scope["type"] == "http" and scope["path"] not in self._open_paths:
            try:
                http.authenticate(_header(scope, b"authorization"), *self._tokens)
            except Problem as problem:
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Counts the bytes of each body as they come, whether their number was announced or not.

    FastAPI's own `max_body_size` answers in plain text; this one leaves the answer to the error
    handlers.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app: Final = app
        self._max_bytes: Final = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; reading too much of its body raises 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # The server has checked that it is a number, and that the body is as long.
        announced = int(_header(scope, b"content-length") or 0)
        received = 0

        async def limited() -> Message:
            nonlocal received
            # Before the first message: a client that asked may keep its body (100-continue).
            self._check(announced)
            message = await receive()
            received += len(message.get("body", b""))
            self._check(received)
            return message

        await self._app(scope, limited, send)

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise HTTPException(TOO_LARGE, f"the body is larger than {self._max_bytes} bytes")
