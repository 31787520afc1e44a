"""The order in which a process starts: settings, logs, traces, then what serves."""

from . import wiring
from .resources import Resources
from .service import logs
from .service.lifecycle import Lifecycle
from .service.settings import load
from .service.telemetry import telemetry
from .service.transport import Access
from .settings import Settings
from .transports import TRANSPORTS
from .web.server import serve as serve_http


def serve() -> None:
    """Serve until SIGTERM or Ctrl-C; return when all is answered, closed and sent.

    Raises:
        SystemExit: 1 when the environment cannot be used, 3 when the start failed.
    """
    settings = load(Settings)
    logs.configure(settings.log_level, pretty=settings.logs_are_pretty)
    with telemetry(wiring.IDENTITY.name, wiring.IDENTITY.version) as traces:
        serve_http(
            Lifecycle(
                wiring.IDENTITY,
                settings,
                Resources.open,
                traces.get_tracer(wiring.IDENTITY.name),
                Access(wiring.OPERATIONS, TRANSPORTS),
            )
        )
