"""Middleware and dependencies of your own.

A dependency is an ordinary one of FastAPI. A route names it, and so may a handler whose operation
is served over HTTP, behind its own parameters:

    async def place(
        payload: PlaceInput, call: Call, resources: Resources, user: Annotated[User, Depends(user)]
    ) -> PlaceOutput: ...
"""

from typing import Annotated

from fastapi import Depends, FastAPI
from service_runtime.server.fastapi import LifecycleOf

from .resources import Resources


def install(app: FastAPI) -> None:
    """Add what every request passes: `app.add_middleware(...)`, exception handlers, mounts."""
    del app  # Nothing yet.


async def _resources(lifecycle: LifecycleOf) -> Resources:
    return lifecycle.resources


OpenResources = Annotated[Resources, Depends(_resources)]
"""What lives as long as the process, for a route's signature."""
