"""The HTTP server: one process, one event loop."""

import gc
import socket
import ssl
from types import FrameType
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from service_runtime.server.fastapi.connection import Connection
from service_runtime.server.lifecycle import Lifecycle

KEEP_ALIVE_SECONDS: Final = 60
"""Much longer than a caller's pool keeps a connection (4 s), whose timers are late when it is busy:
none is closed under a request."""

COLLECTOR_OBJECTS: Final = 10_000
"""New objects behind which the garbage collector looks for cycles: several times Python's own."""


class Server(uvicorn.Server):
    """uvicorn, with the service's own way to stop."""

    def __init__(self, app: FastAPI, lifecycle: Lifecycle[Any, Any]) -> None:
        settings = lifecycle.settings
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http=Connection,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                # Nothing stands in front of a service but the gateway, whose word is not needed.
                proxy_headers=False,
                # The last resort. Long before it, the runner refuses calls with a problem, and
                # health checks still get through.
                limit_concurrency=settings.max_connections,
                ssl_certfile=settings.tls_cert_file,
                ssl_keyfile=settings.tls_key_file,
                ssl_ca_certs=str(settings.tls_ca_file or ""),
                ssl_cert_reqs=ssl.CERT_REQUIRED if settings.tls_ca_file else ssl.CERT_NONE,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=settings.shutdown_seconds,
            )
        )
        self._lifecycle = lifecycle

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop gracefully, and end with 0.

        A second signal changes nothing: the grace period is bounded, and both a terminal and a
        reloader send Ctrl-C.
        """
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then answer what is in flight; streams would never end by themselves."""
        await self._lifecycle.drain()
        await super().shutdown(sockets)


def serve(app: FastAPI) -> None:
    """Serve an application that `create_app` made, until SIGTERM or Ctrl-C.

    Raises:
        SystemExit: 3 when the start failed.
    """
    # What was loaded stays, and calls at once have many objects for a while: the collector would go
    # through both again and again, and find nothing.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTOR_OBJECTS)
    Server(app, app.state.lifecycle).run()
