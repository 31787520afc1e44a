"""gRPC: the service as `contracts/` describes it, beside its HTTP server."""

from contextlib import AbstractAsyncContextManager

from ...service.transport import Host
from .codec import CODEC
from .server import GrpcServer, serving

__all__ = ["open_transport"]


def open_transport(host: Host) -> AbstractAsyncContextManager[GrpcServer]:
    """Listen on `GRPC_PORT` until left.

    Raises:
        RuntimeError: Something else listens there.
    """
    return serving(host, CODEC)
