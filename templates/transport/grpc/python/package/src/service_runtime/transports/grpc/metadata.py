"""What a call says beside its message."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from service_runtime.calls.call import Incoming
from service_runtime.server import http

if TYPE_CHECKING:
    import grpc

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
"""A call, as the server sees it; generic only for type checkers."""


def strings(metadata: Iterable[tuple[str, str | bytes]] | None) -> dict[str, str]:
    """The entries that are strings; names are lower case on the wire."""
    return {name: value for name, value in metadata or () if isinstance(value, str)}


def incoming(context: Context) -> Incoming:
    """What is known of a call: metadata are HTTP/2 headers, named as over HTTP.

    Raises:
        Problem: `invalid_argument` when one of them cannot be read.
    """
    headers = strings(context.invocation_metadata())
    # The deadline is gRPC's own, `grpc-timeout`.
    headers.pop("request-timeout-ms", None)
    found = http.incoming(headers)
    return Incoming(
        timeout=context.time_remaining(),
        idempotency_key=found.idempotency_key,
        caller=found.caller,
        trace=found.trace,
    )
