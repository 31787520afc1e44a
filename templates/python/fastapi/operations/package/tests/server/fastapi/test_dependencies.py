"""Handlers that depend on what FastAPI gives."""

from typing import Annotated

import pytest
from fastapi import Depends, Header, HTTPException
from service_runtime.calls.call import Call
from service_runtime.calls.operation import Operation
from service_runtime.server.definition import Definition
from service_runtime.server.fastapi import operations
from service_runtime.settings import ServiceSettings

from tests.probe import IDENTITY, Number, Resources
from tests.server.fastapi.conftest import ROOT, Serve


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
