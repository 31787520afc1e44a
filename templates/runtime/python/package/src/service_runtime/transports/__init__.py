"""What lets calls in, beside the HTTP server that every service has.

The interface; each transport that the system uses is a module or a folder of its own.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from service_runtime.calls.operation import Operation
from service_runtime.calls.runner import Service
from service_runtime.identity import Identity
from service_runtime.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Host:
    """What a transport serves.

    Attributes:
        identity: Who the service is.
        settings: All settings of the service, those of the transport among them.
        service: What runs operations, and the log of events.
        operations: By name.
        ready: Whether the service itself is ready; raises Problem.
    """

    identity: Identity
    settings: ServiceSettings
    service: Service[Any]
    operations: Mapping[str, Operation[Any, Any, Any]]
    ready: Callable[[], Awaitable[None]]


class Transport(Protocol):
    """One way in, while it is open."""

    async def ready(self) -> None:
        """Return when calls can arrive.

        Raises:
            Problem: `unavailable`, with what keeps them away as its detail.
        """
        ...

    async def drain(self) -> None:
        """Take nothing more; return when what was taken is answered and all events have left.

        Before its first `await` it holds `events.writing()`, until what was taken is answered. The
        log is closed right after: following it ends when nobody writes any more.
        """
        ...


OpenTransport = Callable[[Host], AbstractAsyncContextManager[Transport]]
"""Opens a transport; leaving it lets go of every connection.

Entering neither waits for a broker nor fails because of one: connecting goes on in the background,
is logged, and `ready` says how far it is.
"""
