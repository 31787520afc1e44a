"""How large a request may be."""

from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOO_LARGE: Final = 413


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
        announced = int(Headers(scope=scope).get("content-length", "0"))
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
