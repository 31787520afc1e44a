"""Who asked the gateway, over HTTP."""

from collections.abc import Mapping

import pytest
from fastapi import APIRouter
from service_runtime.calls.call import Call
from service_runtime.calls.call import Caller as Asking
from service_runtime.server.fastapi import Caller, CallerOf

from tests.callers import MALFORMED, SENT, Ask, CallerSuite, RefusedError
from tests.server.fastapi.conftest import Serve

own = APIRouter()


@own.get("/guarded")
async def guarded(caller: Caller) -> str:
    async def work(call: Call) -> str:
        return call.caller.subject if call.caller else "nobody"

    return await caller.guard("guarded", work)


@own.get("/plain")
async def plain(asking: CallerOf) -> str:
    return asking.subject if asking else "nobody"


class TestOperations(CallerSuite):
    @pytest.fixture
    async def ask(self, serve: Serve) -> Ask:
        probed = await serve()

        async def ask(headers: Mapping[str, str]) -> Asking | None:
            runs = probed.resources.runs
            response = await probed.client.post("/operations/count", json={}, headers=headers)
            if response.status_code == 200:
                return probed.resources.caller
            assert (response.status_code, response.json()["code"]) == (400, "invalid_argument")
            assert probed.resources.runs == runs
            raise RefusedError

        return ask


@pytest.mark.parametrize("path", ["/guarded", "/plain"])
async def test_a_route_of_ones_own_knows_who_asked(serve: Serve, path: str) -> None:
    client = (await serve(own)).client
    assert (await client.get(path, headers={"caller": SENT})).json() == "ann"
    assert (await client.get(path)).json() == "nobody"
    for text in MALFORMED.values():
        refused = await client.get(path, headers={"caller": text})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_argument")


async def test_nobody_is_believed_without_the_token(serve: Serve) -> None:
    client = (await serve(own)).client
    response = await client.get("/plain", headers={"caller": SENT, "authorization": "Bearer x"})
    assert response.status_code == 401
