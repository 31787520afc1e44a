"""Middleware and dependencies of your own.

A dependency is an ordinary one of FastAPI. A route names it, and so may a handler whose operation
is served over HTTP, behind its own parameters:

    async def place(
        payload: PlaceInput, call: Call, resources: Resources, user: Annotated[User, Depends(user)]
    ) -> PlaceOutput: ...
"""

from fastapi import FastAPI


def install(app: FastAPI) -> None:
    """Add what every request passes: `app.add_middleware(...)`, exception handlers, mounts."""
    del app  # Nothing yet.
