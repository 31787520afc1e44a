"""How long requests take: of every route, the service's own ones too."""

import time
from typing import Any, Final

from service_runtime.observability.metrics import REQUEST_SECONDS
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                # Whoever calls chooses the method; a label has few values.
                method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
                REQUEST_SECONDS.labels(method, _route(scope), message["status"]).observe(
                    time.monotonic() - started
                )
            await send(message)

        await self._app(scope, receive, measured)


def _route(scope: Scope) -> str:
    """The path of a route as it was declared; `""` where none was found, or looked for."""
    # A router that is included knows its own part of the path only; FastAPI keeps the whole here.
    whole: Any = scope.get("fastapi", {}).get("effective_route_context")
    return getattr(whole or scope.get("route"), "path_format", "")
