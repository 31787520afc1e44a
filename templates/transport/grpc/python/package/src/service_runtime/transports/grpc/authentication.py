"""Who may call."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

import grpc
from service_runtime.calls.problem import Problem
from service_runtime.server import http
from service_runtime.transports.grpc import status
from service_runtime.transports.grpc.metadata import Context, strings

# Generic only for type checkers.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Continue: TypeAlias = Callable[[grpc.HandlerCallDetails], "Awaitable[Handler | None]"]


class Authentication(grpc.aio.ServerInterceptor):
    """Asks for the service's token, before a message is read.

    Health and reflection are for whoever reaches it: what runs the service has no token.
    """

    def __init__(self, service: str, tokens: Sequence[str]) -> None:
        """Guard the methods of one service.

        Args:
            service: Its full name.
            tokens: What callers may show.
        """
        self._guarded: Final = f"/{service}/"
        self._tokens: Final = tokens

    async def intercept_service(
        self,
        continuation: Continue,
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        """Go on, or answer `UNAUTHENTICATED`."""
        handler = await continuation(handler_call_details)
        if not handler_call_details.method.startswith(self._guarded):
            return handler
        authorization = strings(handler_call_details.invocation_metadata).get("authorization")
        try:
            http.authenticate(authorization, *self._tokens)
        except Problem as problem:
            return _refusal(problem)
        return handler


def _refusal(problem: Problem) -> Handler:
    async def refuse(_request: bytes, context: Context) -> bytes:
        await status.abort(context, problem)

    return grpc.unary_unary_rpc_method_handler(refuse)
