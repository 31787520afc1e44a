"""What holds of every route holds of those of the contract, too, which FastAPI does not route.

Except those whose handlers depend on what FastAPI gives.
"""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.routing import APIRoute
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.call import Call
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.server.definition import Definition
from service_runtime.server.fastapi import operations
from service_runtime.server.fastapi.app import serve_lifecycle
from service_runtime.settings import ServiceSettings
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from tests import probe
from tests.probe import IDENTITY, Number, Resources
from tests.server.fastapi.conftest import ROOT, TOKEN, Serve
from tests.server.fastapi.test_middleware import *  # noqa: F403
from tests.server.fastapi.test_operations import *  # noqa: F403


@pytest.fixture
def router() -> APIRouter:
    """The operations of the probe, as those of a contract."""
    return operations.routes(probe.PROBE)


async def test_they_are_answered_without_their_endpoints(serve: Serve, router: APIRouter) -> None:
    async def endpoint() -> None:
        raise HTTPException(418, "FastAPI came here")

    for route in router.routes:
        if isinstance(route, APIRoute):
            route.endpoint = endpoint
    client = (await serve()).client
    assert (await client.post("/operations/count", json={"value": 1})).json() == {"value": 1}


async def test_of_a_header_that_is_there_twice_the_first_counts(serve: Serve) -> None:
    client = (await serve()).client
    times = [("request-timeout-ms", "5000"), ("request-timeout-ms", "odd")]
    for headers, status in ((times, 200), (times[::-1], 400)):
        response = await client.post("/operations/count", json={}, headers=headers)
        assert response.status_code == status


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


async def language(accept_language: Annotated[str, Header()] = "en") -> str:
    if accept_language == "tlh":
        raise HTTPException(403, "not spoken here")
    return accept_language


async def greet(
    payload: Number, _call: Call, _resources: Resources, spoken: Annotated[str, Depends(language)]
) -> Number:
    return Number(value=payload.value + len(spoken))


GREET = Operation(name="greet", input=Number, output=Number, handler=greet, safe=True)


async def test_a_handler_may_take_a_dependency(serve: Serve) -> None:
    service = Definition(IDENTITY, ServiceSettings, Resources.open, [GREET], [], ROOT)
    client = (await serve(operations.routes(service))).client
    response = await client.post(
        "/operations/greet", json={"value": 1}, headers={"accept-language": "de-AT"}
    )
    assert response.json() == {"value": 6}
    response = await client.post(
        "/operations/greet", json={"value": 1}, headers={"accept-language": "tlh"}
    )
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


def test_a_way_in_that_cannot_give_it_says_so() -> None:
    with pytest.raises(TypeError, match="the handler of `greet` takes `spoken`"):
        GREET.refuse_dependencies("a broker")
