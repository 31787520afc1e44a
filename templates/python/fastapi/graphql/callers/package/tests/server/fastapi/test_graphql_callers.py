"""Who asked the gateway, over GraphQL."""

from collections.abc import Mapping

import pytest
from service_runtime.calls.call import Caller
from service_runtime.server.fastapi import graphql

from tests.callers import Ask, CallerSuite, RefusedError
from tests.server.fastapi.conftest import Serve
from tests.server.fastapi.test_graphql import API, COUNT, ask


class TestGraphql(CallerSuite):
    @pytest.fixture
    async def ask(self, serve: Serve) -> Ask:
        probed = await serve(graphql.create_router(API))

        async def asked(headers: Mapping[str, str]) -> Caller | None:
            runs = probed.resources.runs
            response = await ask(probed, COUNT, 7, dict(headers))
            if response.status_code == 200:
                return probed.resources.caller
            assert (response.status_code, response.json()["code"]) == (400, "invalid_argument")
            assert probed.resources.runs == runs
            raise RefusedError

        return asked
