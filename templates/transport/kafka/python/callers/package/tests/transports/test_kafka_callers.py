"""Who asked the gateway, over Kafka."""

import json
from collections.abc import AsyncGenerator, Mapping

import pytest
from service_runtime.calls.call import Caller

from tests.callers import SENT, Ask, CallerSuite, RefusedError
from tests.transports.kafka_probe import Probe, Task, headers_of, needs_broker, open_probe


@pytest.fixture
async def probe() -> AsyncGenerator[Probe]:
    needs_broker()
    async with open_probe() as opened:
        yield opened


class TestCalls(CallerSuite):
    @pytest.fixture
    async def ask(self, probe: Probe) -> AsyncGenerator[Ask]:
        async with (
            probe.serving() as service,
            probe.reading(probe.names.replies) as replies,
            probe.reading(probe.names.dead) as dead,
        ):

            async def ask(headers: Mapping[str, str]) -> Caller | None:
                await probe.ask(Task(name="asked"), **headers)
                reply = await replies.next()
                if headers_of(reply)["content-type"] == "application/json":
                    return service.resources.callers.pop()
                assert json.loads(reply.value or b"")["code"] == "invalid_argument"
                assert "`caller`" in headers_of(await dead.next())["dead-error"]
                assert service.resources.callers == []
                raise RefusedError

            yield ask


class TestJobs(CallerSuite):
    @pytest.fixture
    async def ask(self, probe: Probe) -> AsyncGenerator[Ask]:
        async with (
            probe.serving() as service,
            probe.reading(probe.names.jobs) as steps,
            probe.reading(probe.names.dead) as dead,
        ):

            async def ask(headers: Mapping[str, str]) -> Caller | None:
                await probe.order(Task(name="asked"), **headers)
                if headers.get("caller") not in {None, SENT}:
                    assert "`caller`" in headers_of(await dead.next())["dead-error"]
                    assert service.resources.callers == []
                    raise RefusedError
                told = [json.loads(step.value or b"") for step in await steps.take(2)]
                caller = service.resources.callers.pop()
                # Whoever learns of the job by a step learns whose it is.
                expected = None if caller is None else caller.subject
                assert [step.get("subject") for step in told] == [expected, expected]
                return caller

            yield ask
