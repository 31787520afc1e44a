"""What is asked of a service's `resources.py`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from service_runtime.calls.call import Events


class Resources(Protocol):
    """What lives as long as the process: models, stores, clients, background work.

    It is opened before the service says that it is ready and closed after the last request was
    answered.
    """

    async def ready(self) -> None:
        """Return when requests can be answered. Asked every few seconds: check, do not repair.

        Raises:
            Problem: `unavailable`, with the reason as its detail.
        """
        ...


SettingsT = TypeVar("SettingsT")
ResourcesT = TypeVar("ResourcesT", bound=Resources)

OpenResources = Callable[[SettingsT, Events], AbstractAsyncContextManager[ResourcesT]]
"""`Resources.open(settings, events)`: start and warm up; on leaving, drain and stop."""
