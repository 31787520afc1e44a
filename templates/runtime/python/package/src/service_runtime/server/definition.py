"""A service as its own code describes it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from service_runtime.calls.call import Events
from service_runtime.calls.idempotency import IdempotencyKeys, MemoryKeys
from service_runtime.calls.operation import Operation, Resources
from service_runtime.identity import Identity
from service_runtime.settings import ServiceSettings
from service_runtime.transports import OpenTransport

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
ResourcesT = TypeVar("ResourcesT", bound=Resources)


@asynccontextmanager
async def keys_in_memory(
    settings: ServiceSettings, resources: object
) -> AsyncGenerator[IdempotencyKeys]:
    """What a service is asked once is known to its process."""
    del resources
    yield MemoryKeys(settings.idempotency_ttl_seconds, settings.idempotency_max_bytes)


@dataclass(frozen=True, slots=True)
class Definition(Generic[SettingsT, ResourcesT]):
    """What a server needs to know of a service.

    Attributes:
        identity: Who it is.
        settings: The class that reads its environment.
        open_resources: Opens what its handlers work with; on leaving, drains and stops it.
        operations: What can be asked of it.
        transports: Ways in, beside the HTTP server.
        folder: Of its package, where contracts stand that are read at run time.
        open_keys: Opens what remembers outcomes by their idempotency keys, with the resources that
            it works with; closed before them.
        streams: What can be asked of it and is answered in parts.
    """

    identity: Identity
    settings: type[SettingsT]
    open_resources: Callable[[SettingsT, Events], AbstractAsyncContextManager[ResourcesT]]
    operations: Sequence[Operation[Any, Any, Any]]
    transports: Sequence[OpenTransport]
    folder: Path
    open_keys: Callable[[SettingsT, ResourcesT], AbstractAsyncContextManager[IdempotencyKeys]] = (
        keys_in_memory
    )
    streams: Sequence[Any] = ()
