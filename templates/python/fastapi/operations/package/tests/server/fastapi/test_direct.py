"""What holds of every route holds of those of the contract, too, which FastAPI does not route."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.problem import Problem
from service_runtime.server.fastapi import operations
from service_runtime.server.fastapi.app import serve_lifecycle
from service_runtime.settings import ServiceSettings
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from tests import probe
from tests.server.fastapi.conftest import TOKEN, Serve
from tests.server.fastapi.test_middleware import *  # noqa: F403
from tests.server.fastapi.test_operations import *  # noqa: F403


@pytest.fixture
def router() -> APIRouter:
    """The operations of the probe, as those of a contract."""
    return operations.routes(probe.PROBE)


async def test_they_are_measured_by_their_path(serve: Serve) -> None:
    probed = await serve()
    await probed.client.post("/operations/count", json={})
    text = (await probed.client.get("/metrics")).text
    name = "service_request_duration_seconds_count"
    assert f'{name}{{method="POST",route="/operations/count",status="200"}}' in text


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "application/a+json"])
async def test_whatever_is_json_is_read(serve: Serve, media_type: str) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        yield b'{"value":'
        yield b" 1}"

    probed = await serve()
    response = await probed.client.post(
        "/operations/count", content=in_pieces(), headers={"content-type": media_type}
    )
    assert response.json() == {"value": 1}


async def test_another_method_is_not_allowed(serve: Serve) -> None:
    probed = await serve()
    response = await probed.client.get("/operations/count")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_what_is_installed_holds_for_them() -> None:
    async def stamp(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["x-stamp"] = "seen"
        return response

    async def on_problem(_request: Request, problem: Exception) -> Response:
        return Response(str(problem), 418)

    def install(app: FastAPI) -> None:
        app.add_middleware(BaseHTTPMiddleware, dispatch=stamp)
        app.add_exception_handler(Problem, on_problem)

    settings = ServiceSettings.model_validate({"service_token": TOKEN})
    lifecycle = probe.probe(settings, NoOpTracer())
    app = serve_lifecycle(lifecycle, [operations.routes(probe.PROBE)], install)
    transport = httpx2.ASGITransport(app)
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with (
        lifecycle.serving(),
        httpx2.AsyncClient(transport=transport, base_url="http://probe", headers=headers) as client,
    ):
        response = await client.post("/operations/fail", json={})
    assert (response.status_code, response.headers["x-stamp"]) == (418, "seen")
    assert response.text.startswith("internal")
