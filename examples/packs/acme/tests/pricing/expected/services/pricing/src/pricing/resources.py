# Copyright Acme Corporation. All rights reserved.
# Owned by payments.

"""What lives as long as the process: prices need nothing."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from service_runtime import Events

from .settings import Settings


@dataclass(slots=True)
class Resources:
    """Nothing to open and nothing to close."""

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, events: Events) -> AsyncGenerator["Resources"]:
        """Yield at once."""
        del settings, events
        yield cls()

    async def ready(self) -> None:
        """Say nothing: there is nothing that could fail."""
