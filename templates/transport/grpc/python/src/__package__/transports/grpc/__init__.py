"""gRPC: the service as `contracts/` describes it, beside its HTTP server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ...service.transport import Host
from ..grpc_settings import GrpcSettings
from .codec import CODEC
from .server import GrpcServer

__all__ = ["open_transport"]


@asynccontextmanager
async def open_transport(host: Host) -> AsyncGenerator[GrpcServer]:
    """Listen on `GRPC_PORT` until left.

    Raises:
        RuntimeError: Something else listens there.
        TypeError: The service's settings are not those of gRPC too.
    """
    if not isinstance(host.settings, GrpcSettings):
        raise TypeError("Settings must have GrpcSettings among its bases")
    server = GrpcServer(host, host.settings, CODEC)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
