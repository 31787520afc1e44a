"""A service from its start to its end, whatever serves it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from opentelemetry.trace import Tracer

from .events import EventLog
from .problem import Problem
from .resources import OpenResources, Resources
from .runner import Service
from .settings import ServiceSettings

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
ResourcesT = TypeVar("ResourcesT", bound=Resources)

READY_SECONDS: Final = 2.0
"""How long the answer to "are you ready?" may take."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this service is."""

    name: str
    version: str
    description: str


class Lifecycle(Generic[SettingsT, ResourcesT]):
    """Starting, serving, draining, gone.

    Attributes:
        identity: Who this service is.
        settings: Its environment.
        events: What it tells; there before it serves, and while it drains.
    """

    def __init__(
        self,
        identity: Identity,
        settings: SettingsT,
        open_resources: OpenResources[SettingsT, ResourcesT],
        tracer: Tracer,
    ) -> None:
        self.identity: Final = identity
        self.settings: Final = settings
        self.events: Final = EventLog(settings.event_buffer)
        self._open_resources: Final = open_resources
        self._tracer: Final = tracer
        self._resources: ResourcesT | None = None
        self._service: Service[ResourcesT] | None = None
        self._draining = False

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Open the resources; close them on leaving, when the last call is done."""
        async with self._open_resources(self.settings, self.events) as resources:
            self._resources = resources
            self._service = Service(
                self.identity.name,
                resources,
                self.events,
                self.settings.limits,
                self._tracer,
            )
            try:
                yield
            finally:
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
        """Return when calls are welcome.

        Raises:
            Problem: `unavailable`, with the reason.
        """
        if self._draining:
            raise Problem("unavailable", "the service is stopping")
        if self._resources is None:
            raise Problem("unavailable", "the service is starting")
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._resources.ready()
        except TimeoutError:
            raise Problem("unavailable", "the resources do not answer") from None

    async def drain(self) -> None:
        """Say that no more calls are welcome, give the word time to spread, end the streams.

        Calls are still taken meanwhile: who sends one has not heard yet.
        """
        self._draining = True
        await asyncio.sleep(self.settings.drain_seconds)
        self.events.close()
