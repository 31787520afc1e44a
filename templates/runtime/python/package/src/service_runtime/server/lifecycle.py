"""A service from its start to its end, whatever serves it."""

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from types import FrameType
from typing import Final, Generic, TypeVar

import structlog
from opentelemetry.trace import Tracer
from service_runtime.calls.operation import Resources
from service_runtime.calls.problem import Problem
from service_runtime.calls.runner import Service
from service_runtime.events import EventLog
from service_runtime.server.definition import Definition
from service_runtime.settings import ServiceSettings
from service_runtime.transports import Host, Transport

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
ResourcesT = TypeVar("ResourcesT", bound=Resources)

READY_SECONDS: Final = 2.0
"""How long the answer to "are you ready?" may take."""

STOP: Final = (signal.SIGINT, signal.SIGTERM)

_logger = structlog.stdlib.get_logger(__name__)


class Lifecycle(Generic[SettingsT, ResourcesT]):
    """Starting, serving, draining, gone.

    Attributes:
        identity: Who this service is.
        settings: Its environment.
        events: What it publishes; there before it serves, and while it drains.
    """

    def __init__(
        self, definition: Definition[SettingsT, ResourcesT], settings: SettingsT, tracer: Tracer
    ) -> None:
        """Put a service together; nothing is open yet.

        Args:
            definition: What it is made of.
            settings: Its environment.
            tracer: Records its spans.
        """
        self.identity: Final = definition.identity
        self.settings: Final = settings
        self.events: Final = EventLog(settings.event_buffer)
        self._definition: Final = definition
        self._tracer: Final = tracer
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
        definition = self._definition
        for operation in definition.operations if definition.transports else ():
            operation.refuse_dependencies("a transport beside HTTP")
        async with (
            definition.open_resources(self.settings, self.events) as resources,
            definition.open_keys(self.settings, resources) as keys,
        ):
            self._resources = resources
            self._service = Service(
                self.identity.name,
                resources,
                self.events,
                limits=self.settings.limits,
                keys=keys,
                tracer=self._tracer,
            )
            host = Host(
                self.identity,
                self.settings,
                self._service,
                {operation.name: operation for operation in definition.operations},
                self._serves,
            )
            try:
                async with AsyncExitStack() as stack:
                    self._transports = [
                        await stack.enter_async_context(open_transport(host))
                        for open_transport in definition.transports
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
        await asyncio.shield(self._begin_draining())

    @contextmanager
    def draining_on_signals(self) -> Generator[None]:
        """Begin to drain when the process is asked to stop, whatever server it is that stops.

        A server waits for what it is answering, and a stream of events has no end of its own: the
        service must end it. Where it cannot listen to signals (in a thread), nothing begins.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in STOP}

        def stop(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._begin_draining)
            handler = before[signal.Signals(number)]
            if callable(handler):
                handler(number, frame)

        # Only where the server listens: a signal that nobody handles ends the process as ever.
        handled = [number for number in STOP if callable(before[number])]
        for number in handled:
            signal.signal(number, stop)
        try:
            yield
        finally:
            for number in handled:
                signal.signal(number, before[number])

    def _begin_draining(self) -> asyncio.Task[None]:
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        return self._draining

    async def _drain(self) -> None:
        await asyncio.sleep(self.settings.drain_seconds)
        if self._service is not None:
            self._service.stopping.set()
        drains = asyncio.gather(*(transport.drain() for transport in self._transports))
        # Each has begun by the time the log closes: what it has taken, it keeps the log open for.
        await asyncio.sleep(0)
        self.events.close()
        try:
            async with asyncio.timeout(self.settings.shutdown_seconds):
                await drains
        except TimeoutError:
            _logger.warning("transports are cut off", seconds=self.settings.shutdown_seconds)
