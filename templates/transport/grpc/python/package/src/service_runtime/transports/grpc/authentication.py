"""Who may call."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import grpc
from service_runtime.calls.problem import Problem
from service_runtime.server import http
from service_runtime.transports.grpc import status
from service_runtime.transports.grpc.metadata import HEADERS, Context, strings

# Generic only for type checkers.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class Guarded(grpc.GenericRpcHandler):
    """The methods of a service, for who has its token: it is asked for before a message is read.

    Health and reflection are for whoever reaches it: what runs the service has no token.
    """

    def __init__(self, service: str, methods: Mapping[str, Handler], tokens: Sequence[str]) -> None:
        """Guard a service.

        Args:
            service: Its full name.
            methods: By their names.
            tokens: What callers may show.
        """
        self._prefix: Final = f"/{service}/"
        self._methods: Final = {self._prefix + name: method for name, method in methods.items()}
        self._tokens: Final = tokens

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "Handler | None":
        """The method that is asked for; one that answers `UNAUTHENTICATED` to who may not ask."""
        name = handler_call_details.method
        if not name.startswith(self._prefix):
            return None
        headers = strings(handler_call_details.invocation_metadata)
        # The task is that of the call: whoever answers it finds them.
        HEADERS.set(headers)
        try:
            http.authenticate(headers.get("authorization"), *self._tokens)
        except Problem as problem:
            return _refusal(problem)
        return self._methods.get(name)


def _refusal(problem: Problem) -> Handler:
    async def refuse(_request: bytes, context: Context) -> bytes:
        await status.abort(context, problem)

    return grpc.unary_unary_rpc_method_handler(refuse)
