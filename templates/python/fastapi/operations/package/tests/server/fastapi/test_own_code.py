"""What a team adds: routes of its own, and handlers that depend on what FastAPI gives."""

from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, Header
from service_runtime.calls.call import Call
from service_runtime.calls.operation import Operation
from service_runtime.server.definition import Definition
from service_runtime.server.fastapi import operations
from service_runtime.server.fastapi.caller import Caller
from service_runtime.settings import ServiceSettings

from tests.probe import IDENTITY, Number, Resources
from tests.server.fastapi.conftest import Serve


class Desk:
    """Counts what it does."""

    def __init__(self) -> None:
        self.runs = 0

    async def double(self, payload: Number, call: Call) -> Number:
        assert call.remaining() > 0
        self.runs += 1
        return Number(value=payload.value * 2)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.post("/double")
    async def double(payload: Number, caller: Caller) -> Number:
        return await caller.guard("double", lambda call: desk.double(payload, call), once=payload)

    return router


async def test_a_route_of_ones_own_has_what_operations_have(
    serve: Serve, router: APIRouter, desk: Desk
) -> None:
    client = (await serve(router)).client
    headers = {"idempotency-key": "one"}
    for _ in range(2):
        response = await client.post("/double", json={"value": 4}, headers=headers)
        assert response.json() == {"value": 8}
    assert desk.runs == 1
    await client.post("/double?again", json={"value": 4}, headers=headers)
    assert desk.runs == 2
    late = await client.post("/double", json={"value": 4}, headers={"request-timeout-ms": "0"})
    assert (late.status_code, late.json()["code"]) == (504, "deadline_exceeded")
    wrong = await client.post("/double", json={"value": "four"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_argument")
    del client.headers["authorization"]
    assert (await client.post("/double", json={"value": 4})).status_code == 401


async def language(accept_language: Annotated[str, Header()] = "en") -> str:
    return accept_language


async def greet(
    payload: Number, _call: Call, _resources: Resources, spoken: Annotated[str, Depends(language)]
) -> Number:
    return Number(value=payload.value + len(spoken))


GREET = Operation(name="greet", input=Number, output=Number, handler=greet, safe=True)


async def test_a_handler_may_take_a_dependency(serve: Serve) -> None:
    service = Definition(IDENTITY, ServiceSettings, Resources.open, [GREET], [], Path())
    client = (await serve(operations.routes(service))).client
    response = await client.post(
        "/operations/greet", json={"value": 1}, headers={"accept-language": "de-AT"}
    )
    assert response.json() == {"value": 6}


def test_a_way_in_that_cannot_give_it_says_so() -> None:
    with pytest.raises(TypeError, match="the handler of `greet` takes `spoken`"):
        GREET.refuse_dependencies("a broker")
