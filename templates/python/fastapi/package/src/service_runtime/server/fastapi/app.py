"""The FastAPI application of a service."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from opentelemetry import trace
from service_runtime.observability import logs
from service_runtime.observability.telemetry import telemetry
from service_runtime.server import signals
from service_runtime.server.definition import Definition
from service_runtime.server.fastapi import errors, health
from service_runtime.server.fastapi.middleware import Authentication, BodyLimit, Measurement
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.settings import load
from service_runtime.transports.interface import Access

Install = Callable[[FastAPI], None]
"""Adds what is the service's own to its application: middleware, exception handlers, mounts."""


def create_app(
    service: Definition[Any, Any],
    routers: Iterable[APIRouter],
    install: Install,
) -> FastAPI:
    """The application of a service, as its environment wants it.

    Args:
        service: What is served.
        routers: The routes of its contract and those of its own.
        install: Adds what else is its own.

    Raises:
        SystemExit: 1 when the environment cannot be used.
    """
    settings = load(service.settings)
    logs.configure(settings.log_level, pretty=settings.logs_are_pretty)
    lifecycle = Lifecycle(
        service.identity,
        settings,
        service.open_resources,
        # Of whatever provider is there when it is used: `telemetry` sets it at the start.
        trace.get_tracer(service.identity.name),
        Access(service.operations, service.transports),
    )
    return serve_lifecycle(lifecycle, routers, install)


def serve_lifecycle(
    lifecycle: Lifecycle[Any, Any],
    routers: Iterable[APIRouter],
    install: Install = lambda _app: None,
) -> FastAPI:
    """The application that serves a service.

    Everything but health, metrics and (outside production) the documentation needs the service
    token.

    Args:
        lifecycle: The service, not yet started: the application starts and ends it.
        routers: What it serves.
        install: Adds what is the service's own, inside the authentication and the body limit.
    """
    settings = lifecycle.settings
    identity = lifecycle.identity
    documents = None if settings.is_production else "/openapi.json"
    pages = None if settings.is_production else "/docs"

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        with telemetry(identity.name, identity.version):
            async with lifecycle.serving():
                with signals.calling(lifecycle.begin_draining):
                    yield
                await lifecycle.drain()

    app = FastAPI(
        title=identity.name,
        version=identity.version,
        description=identity.description,
        lifespan=lifespan,
        openapi_url=documents,
        docs_url=pages,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        separate_input_output_schemas=False,
        # The runner opens the server span, alike on every transport: a second one would say less.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.lifecycle = lifecycle
    errors.install(app)
    install(app)
    # The last one added is the first one passed.
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(
        Authentication,
        token=settings.service_token.get_secret_value(),
        open_paths=frozenset(health.PATHS | {documents, pages}),
    )
    app.add_middleware(Measurement)
    app.include_router(health.router)
    for router in routers:
        app.include_router(router)
    return app
