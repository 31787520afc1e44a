"""The FastAPI application of a service."""

from collections import ChainMap
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Header, Response
from opentelemetry import trace
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from service_runtime.observability import logs
from service_runtime.observability.telemetry import telemetry
from service_runtime.server.definition import Definition
from service_runtime.server.fastapi import errors
from service_runtime.server.fastapi.caller import LifecycleOf
from service_runtime.server.fastapi.direct import Answers, Direct, DirectRouter
from service_runtime.server.fastapi.middleware import Authentication, BodyLimit, Measurement
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.settings import load

Install = Callable[[FastAPI], None]
"""Adds what is the service's own to its application: middleware, exception handlers, mounts.

Dependencies of the application's router are not asked for operations, which it does not route.
"""

OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""Open to whoever reaches the service: orchestrators and scrapers carry no token."""

_health = APIRouter(include_in_schema=False)


@_health.get("/livez")
async def livez() -> dict[str, str]:
    """The event loop turns. Says nothing of resources: a restart would not repair them."""
    return {"status": "alive"}


@_health.get("/readyz")
async def readyz(lifecycle: LifecycleOf) -> dict[str, str]:
    """Calls are welcome, or a problem `unavailable` with the reason."""
    await lifecycle.ready()
    return {"status": "ready"}


@_health.get("/metrics")
async def metrics(accept: Annotated[str, Header()] = "") -> Response:
    """The metrics of this process, in the format that the scraper asks for."""
    encode, content_type = choose_encoder(accept)
    return Response(encode(REGISTRY), headers={"content-type": content_type})


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
    # Of whatever provider is there when it is used: `telemetry` sets it at the start.
    tracer = trace.get_tracer(service.identity.name)
    return serve_lifecycle(Lifecycle(service, settings, tracer), routers, install)


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
        with logs.in_batches(), telemetry(identity.name, identity.version):
            async with lifecycle.serving():
                with lifecycle.draining_on_signals():
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
    included = list(routers)
    # The last one added is the first one passed.
    app.add_middleware(Direct, lifecycle=lifecycle, answers=_answers(included))
    install(app)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(
        Authentication,
        tokens=settings.service_tokens,
        open_paths=frozenset(OPEN_PATHS | {documents, pages}),
    )
    app.add_middleware(Measurement)
    app.include_router(_health)
    for router in included:
        app.include_router(router)
    return app


def _answers(routers: Iterable[APIRouter]) -> Answers:
    direct = [router.answers for router in routers if isinstance(router, DirectRouter)]
    return dict(ChainMap(*direct))
