"""The FastAPI application."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

from ..service.lifecycle import Lifecycle
from . import errors, health
from .authentication import Authentication
from .body_limit import BodyLimit


def create_app(lifecycle: Lifecycle[Any, Any], routers: Iterable[APIRouter]) -> FastAPI:
    """The application that serves a service.

    Everything but health, metrics and (outside production) the documentation needs the service
    token.

    Args:
        lifecycle: The service, not yet started: the application starts and ends it.
        routers: What it serves.
    """
    settings = lifecycle.settings
    documents = None if settings.is_production else "/openapi.json"
    pages = None if settings.is_production else "/docs"

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        async with lifecycle.serving():
            yield

    app = FastAPI(
        title=lifecycle.identity.name,
        version=lifecycle.identity.version,
        description=lifecycle.identity.description,
        lifespan=lifespan,
        openapi_url=documents,
        docs_url=pages,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        separate_input_output_schemas=False,
        # The port opens the server span, alike on every transport: a second one would say less.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.lifecycle = lifecycle
    errors.install(app)
    # The last one added is the first one passed.
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(
        Authentication,
        token=settings.service_token.get_secret_value(),
        open_paths=frozenset(health.PATHS | {documents, pages}),
    )
    app.include_router(health.router)
    for router in routers:
        app.include_router(router)
    return app
