"""Who may come in."""

from typing import Final

from service_runtime.calls.problem import Problem
from service_runtime.server import http
from service_runtime.server.fastapi.errors import problem_response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send


class Authentication:
    """Asks for the service token before anything of the body is read.

    A middleware and not a dependency: FastAPI reads and parses the body before it looks at
    dependencies, and a route that somebody adds is closed until it is opened.
    """

    def __init__(self, app: ASGIApp, token: str, open_paths: frozenset[str | None]) -> None:
        self._app: Final = app
        self._token: Final = token
        self._open_paths: Final = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer `unauthenticated`."""
        if scope["type"] == "http" and scope["path"] not in self._open_paths:
            try:
                http.authenticate(Headers(scope=scope).get("authorization"), self._token)
            except Problem as problem:
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)
