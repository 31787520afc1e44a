"""The probe, served over real HTTP on a port of its own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from service_runtime.server.fastapi.app import serve_lifecycle
from service_runtime.server.fastapi.server import Server
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.settings import ServiceSettings

from tests import probe
from tests.server.fastapi import served

ROOT = Path(__file__).parents[3]
TOKEN = "token-of-the-tests"


@dataclass(frozen=True, slots=True)
class Probed:
    """A running probe and a client that bears its token."""

    lifecycle: Lifecycle[ServiceSettings, probe.Resources]
    server: Server
    client: httpx2.AsyncClient

    @property
    def resources(self) -> probe.Resources:
        return self.lifecycle.resources


Serve = Callable[..., Awaitable[Probed]]


@asynccontextmanager
async def started(server: Server, token: str = TOKEN) -> AsyncGenerator[httpx2.AsyncClient]:
    """Runs a server on a port of its own, for a client that bears its token; stops it on leaving."""
    running = asyncio.create_task(server.serve())
    while not server.started:
        assert not running.done(), "the server did not start"
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        headers={"authorization": f"Bearer {token}"},
        timeout=30,
    ) as client:
        yield client
    server.should_exit = True
    await running


@asynccontextmanager
async def serving(
    lifecycle: Lifecycle[ServiceSettings, probe.Resources], routers: list[APIRouter]
) -> AsyncGenerator[Probed]:
    server = Server(serve_lifecycle(lifecycle, routers), lifecycle)
    async with started(server) as client:
        yield Probed(lifecycle, server, client)


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """What the served probe recorded."""
    return InMemorySpanExporter()


@pytest.fixture
def router() -> APIRouter:
    """The operations of the probe, as routes that anybody could write."""
    return served.router


@pytest.fixture
async def serve(spans: InMemorySpanExporter, router: APIRouter) -> AsyncGenerator[Serve]:
    """Serve the probe with the settings given, until the test ends."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    async with AsyncExitStack() as stack:

        async def start(*routers: APIRouter, **settings: object) -> Probed:
            lifecycle = probe.probe(
                ServiceSettings.model_validate({"port": 0, "service_token": TOKEN, **settings}),
                provider.get_tracer(__name__),
            )
            return await stack.enter_async_context(serving(lifecycle, [router, *routers]))

        yield start
