"""What a call says beside its message."""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from service_runtime.calls.call import Incoming
from service_runtime.server import http

if TYPE_CHECKING:
    import grpc

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
"""A call, as the server sees it; generic only for type checkers."""


HEADERS: Final[ContextVar[dict[str, str]]] = ContextVar("headers")
"""Of the call that is answered: to ask gRPC for them a second time takes them apart anew."""


def strings(metadata: Iterable[tuple[str, str | bytes]] | None) -> dict[str, str]:
    """The entries that are strings; names are lower case on the wire."""
    return {name: value for name, value in metadata or () if isinstance(value, str)}


def incoming(context: Context) -> Incoming:
    """What is known of a call: metadata are HTTP/2 headers, named as over HTTP.

    Raises:
        Problem: `invalid_argument` when one of them cannot be read.
    """
    headers = HEADERS.get()
    # The deadline is gRPC's own, `grpc-timeout`.
    headers.pop("request-timeout-ms", None)
    return http.incoming(headers, timeout=context.time_remaining())
