"""The gRPC server, from start to stop."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import grpc
import structlog
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from service_runtime.settings import TlsSettings
from service_runtime.transports import Host
from service_runtime.transports.grpc.calls import handlers
from service_runtime.transports.grpc.health import Health
from service_runtime.transports.grpc.method import Codec
from service_runtime.transports.grpc.settings import GrpcSettings

RESPONSE_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of an answer: what gateways take."""

_logger = structlog.stdlib.get_logger(__name__)


class GrpcServer:
    """Implements `Transport`."""

    def __init__(self, host: Host, settings: GrpcSettings, codec: Codec) -> None:
        """Put the server together; it listens from `start` on.

        Args:
            host: What is served.
            settings: Those of the same service.
            codec: How values are encoded.
        """
        self.port: int = settings.grpc_port
        self._shutdown_seconds: Final = host.settings.shutdown_seconds
        self._address: Final = host.settings.host
        self._credentials: Final = _credentials(host.settings)
        self._health: Final = Health(host.ready)
        self._server: Final = grpc.aio.server(
            # Calls are refused by the service itself, which says when to come back.
            maximum_concurrent_rpcs=host.settings.max_connections,
            options=_options(settings),
        )
        self._server.add_generic_rpc_handlers((handlers(host, codec),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        if not host.settings.is_production:
            names = (codec.service, health.SERVICE_NAME, reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, self._server)

    async def start(self) -> None:
        """Listen.

        Raises:
            RuntimeError: Something else listens there.
        """
        address = f"{self._address}:{self.port}"
        if self._credentials is None:
            self.port = self._server.add_insecure_port(address)
        else:
            self.port = self._server.add_secure_port(address, self._credentials)
        await self._server.start()
        self._health.start()
        _logger.info("gRPC listens", host=self._address, port=self.port)

    async def ready(self) -> None:
        """Return: a server that was started listens until it is stopped."""

    async def drain(self) -> None:
        """Take nothing more; return when what was taken is answered."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(self._shutdown_seconds)

    async def stop(self) -> None:
        """Let go of every connection."""
        await self._health.stop()
        await self._server.stop(None)


@asynccontextmanager
async def serving(host: Host, codec: Codec) -> AsyncGenerator[GrpcServer]:
    """Serve until left.

    Raises:
        RuntimeError: Something else listens on the port.
        TypeError: The service's settings are not those of gRPC too.
    """
    if not isinstance(host.settings, GrpcSettings):
        raise TypeError("Settings must have GrpcSettings among its bases")
    server = GrpcServer(host, host.settings, codec)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def _credentials(settings: TlsSettings) -> grpc.ServerCredentials | None:
    if settings.tls_cert_file is None or settings.tls_key_file is None:
        return None
    own = (settings.tls_key_file.read_bytes(), settings.tls_cert_file.read_bytes())
    callers = settings.tls_ca_file.read_bytes() if settings.tls_ca_file else None
    return grpc.ssl_server_credentials([own], callers, require_client_auth=callers is not None)


def _options(settings: GrpcSettings) -> list[tuple[str, int]]:
    """https://grpc.github.io/grpc/core/group__grpc__arg__keys.html."""
    return [
        # Two processes on one port would each get some of the calls.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", settings.grpc_max_message_bytes),
        ("grpc.max_send_message_length", RESPONSE_LIMIT),
        # A gateway that is gone is found within 40 s.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
