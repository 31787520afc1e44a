"""A service from its start to its end, whatever serves it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Generic, TypeVar

import structlog
from opentelemetry.trace import Tracer
from service_runtime.calls.problem import Problem
from service_runtime.calls.runner import Service
from service_runtime.events.log import EventLog
from service_runtime.identity import Identity
from service_runtime.server.resources import OpenResources, Resources
from service_runtime.settings import ServiceSettings
from service_runtime.transports.interface import NO_ACCESS, Access, Host, Transport

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
ResourcesT = TypeVar("ResourcesT", bound=Resources)

READY_SECONDS: Final = 2.0
"""How long the answer to "are you ready?" may take."""

_logger = structlog.stdlib.get_logger(__name__)


class Lifecycle(Generic[SettingsT, ResourcesT]):
    """Starting, serving, draining, gone.

    Attributes:
        identity: Who this service is.
        settings: Its environment.
        events: What it publishes; there before it serves, and while it drains.
        operations: What can be asked of it.
    """

    def __init__(
        self,
        identity: Identity,
        settings: SettingsT,
        open_resources: OpenResources[SettingsT, ResourcesT],
        tracer: Tracer,
        access: Access = NO_ACCESS,
    ) -> None:
        """Put a service together; nothing is open yet.

        Args:
            identity: Who it is.
            settings: Its environment.
            open_resources: Opens what it works with.
            tracer: Records its spans.
            access: What transports can ask of it, and which there are beside HTTP.
        """
        self.identity: Final = identity
        self.settings: Final = settings
        self.events: Final = EventLog(settings.event_buffer)
        self._open_resources: Final = open_resources
        self._tracer: Final = tracer
        self.operations: Final = access.operations
        self._operations: Final = {operation.name: operation for operation in access.operations}
        self._open_transports: Final = access.transports
        self._transports: Sequence[Transport] = ()
        self._resources: ResourcesT | None = None
        self._service: Service[ResourcesT] | None = None
        self._draining: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Open the resources, then the transports; close them on leaving, the other way round.

        Raises:
            TypeError: A transport cannot call one of the handlers.
        """
        for operation in self._operations.values() if self._open_transports else ():
            operation.refuse_dependencies("a transport beside HTTP")
        async with self._open_resources(self.settings, self.events) as resources:
            self._resources = resources
            service = Service(
                self.identity.name,
                resources,
                self.events,
                self.settings.limits,
                self._tracer,
            )
            self._service = service
            try:
                async with AsyncExitStack() as stack:
                    host = Host(
                        self.identity, self.settings, service, self._operations, self._serves
                    )
                    self._transports = [
                        await stack.enter_async_context(open_transport(host))
                        for open_transport in self._open_transports
                    ]
                    yield
            finally:
                self._transports = ()
                self._resources = None
                self._service = None

    @property
    def resources(self) -> ResourcesT:
        """What is open.

        Raises:
            Problem: `unavailable` before `serving` and after.
        """
        if self._resources is None:
            raise Problem("unavailable", "the service does not serve")
        return self._resources

    @property
    def service(self) -> Service[ResourcesT]:
        """What runs operations.

        Raises:
            Problem: `unavailable` before `serving` and after.
        """
        if self._service is None:
            raise Problem("unavailable", "the service does not serve")
        return self._service

    async def ready(self) -> None:
        """Return when calls are welcome and can arrive.

        Raises:
            Problem: `unavailable`, with the reason.
        """
        await self._serves()
        for transport in self._transports:
            await transport.ready()

    async def _serves(self) -> None:
        """Whether calls are welcome, however they come."""
        if self._draining is not None:
            raise Problem("unavailable", "the service is stopping")
        if self._resources is None:
            raise Problem("unavailable", "the service is starting")
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._resources.ready()
        except TimeoutError:
            raise Problem("unavailable", "the resources do not answer") from None

    async def drain(self) -> None:
        """Say that no more calls are welcome, give the word time to spread, end what goes on.

        Calls are still taken meanwhile: who sends one does not know yet. Streams of events end when
        the calls that run have published theirs. It happens once, however often it is asked for.
        """
        self.begin_draining()
        if self._draining is not None:
            await asyncio.shield(self._draining)

    def begin_draining(self) -> None:
        """Begin to drain, unless that has begun."""
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        await asyncio.sleep(self.settings.drain_seconds)
        drains = asyncio.gather(*(transport.drain() for transport in self._transports))
        # Each has begun by the time the log closes: what it has taken, it keeps the log open for.
        await asyncio.sleep(0)
        self.events.close()
        try:
            async with asyncio.timeout(self.settings.shutdown_seconds):
                await drains
        except TimeoutError:
            _logger.warning("transports are cut off", seconds=self.settings.shutdown_seconds)
