"""Who asked the gateway, over RabbitMQ."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress

import pytest
from service_runtime.calls.call import Caller

from tests.callers import SENT, Ask, CallerSuite, RefusedError
from tests.transports.rabbitmq_probe import BROKER, Probe, Work, serving


@pytest.fixture
async def probe() -> AsyncGenerator[Probe]:
    async with serving() as opened:
        yield opened


async def put_aside(probe: Probe) -> None:
    assert "`caller`" in str((await probe.dead()).headers["dead-error"])
    assert probe.callers == []


@BROKER
class TestCalls(CallerSuite):
    @pytest.fixture
    def ask(self, probe: Probe) -> Ask:
        async def ask(headers: Mapping[str, str]) -> Caller | None:
            asked = asyncio.create_task(probe.ask(Work(name="asked"), **headers))
            if headers.get("caller") not in {None, SENT}:
                await put_aside(probe)
                asked.cancel()
                with suppress(asyncio.CancelledError):
                    await asked
                raise RefusedError
            await asked
            return probe.callers.pop()

        return ask


@BROKER
class TestJobs(CallerSuite):
    @pytest.fixture
    def ask(self, probe: Probe) -> Ask:
        async def ask(headers: Mapping[str, str]) -> Caller | None:
            job = await probe.order(Work(name="asked"), **headers)
            if headers.get("caller") not in {None, SENT}:
                await put_aside(probe)
                raise RefusedError
            await probe.steps(job, "succeeded")
            caller = probe.callers.pop()
            # Whoever learns of the job by a step learns whose it is.
            expected = None if caller is None else caller.subject
            told = [json.loads(step.body) for step in await probe.stream(probe.names.jobs.name, 2)]
            assert [step.get("subject") for step in told if "status" in step] == [expected] * 2
            return caller

        return ask
