"""gRPC: the service as `contracts/` describes it, beside its HTTP server."""

from contextlib import AbstractAsyncContextManager

from service_runtime.transports import Host, OpenTransport
from service_runtime.transports.grpc.method import Codec
from service_runtime.transports.grpc.server import GrpcServer, serving

__all__ = ["Codec", "transport"]


def transport(codec: Codec) -> OpenTransport:
    """The way in for the values of a contract, as its codec encodes them."""

    def open_transport(host: Host) -> AbstractAsyncContextManager[GrpcServer]:
        """Listen on `GRPC_PORT` until left.

        Raises:
            RuntimeError: Something else listens there.
        """
        return serving(host, codec)

    return open_transport
