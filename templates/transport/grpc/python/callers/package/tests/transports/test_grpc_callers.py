"""Who asked the gateway, over gRPC."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

import grpc
import pytest
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.call import Caller

from tests.callers import Ask, CallerSuite, RefusedError
from tests.transports.probe_grpc import probed


class TestGrpc(CallerSuite):
    @pytest.fixture
    async def ask(self) -> AsyncGenerator[Ask]:
        async with probed(NoOpTracer()) as service:

            async def ask(headers: Mapping[str, str]) -> Caller | None:
                runs = service.resources.runs
                answer = service.call("Count", {}, headers=list(headers.items()))
                [outcome] = await asyncio.gather(answer, return_exceptions=True)
                if not isinstance(outcome, grpc.aio.AioRpcError):
                    return service.resources.caller
                assert outcome.code() == grpc.StatusCode.INVALID_ARGUMENT
                assert service.resources.runs == runs
                raise RefusedError

            yield ask
