"""Jobs that give parts, without a broker."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import Model
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.transports import Host, job_parts
from service_runtime.transports.job_parts import WINDOW, JobParts
from service_runtime.transports.messages import JSON_TYPE, Message, read_request

from tests.streams import TELLER, Asked, Resources, Settings, Told
from tests.transports.message_teller import SIGNATURES


@asynccontextmanager
async def serving(**limits: int) -> AsyncGenerator[tuple[JobParts, Lifecycle[Any, Resources]]]:
    """The service that tells words, and what runs its jobs."""
    settings = Settings.model_validate(limits)
    lifecycle = Lifecycle(TELLER, settings, NoOpTracer())
    async with lifecycle.serving():
        host = Host(
            TELLER.identity,
            settings,
            lifecycle.service,
            {},
            {operation.name: operation for operation in TELLER.streams},
            lifecycle.ready,
        )
        yield JobParts(host), lifecycle


class Steps:
    """What the broker has of a job."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.most = most
        self.told: list[dict[str, Any]] = []
        self.room = asyncio.Semaphore(1_000_000)

    async def put(self, step: Message) -> asyncio.Task[None]:
        """Take a step, in its place."""
        return asyncio.create_task(self._take(step))

    async def _take(self, step: Message) -> None:
        await self.room.acquire()
        if len(self.told) == self.most:
            raise Problem("unavailable", "the broker is away")
        change = json.loads(step.body)
        assert (change["id"], change["status"]) == ("7", "running")
        self.told.append(change["step"])

    @property
    def numbers(self) -> list[int]:
        """Of the parts, and 0 of the run."""
        return [step["number"] for step in self.told]


async def run(parts: JobParts, steps: Steps, **asked: object) -> Model:
    """Run a job as it comes over a broker."""
    headers = {"content-type": JSON_TYPE, "operation": "tell", "job-id": "7"}
    message = Message(headers, json.dumps(asked).encode()).signed(SIGNATURES, "orders")
    request = read_request("orders", message, parts.operations, SIGNATURES)
    assert parts.concerns(request)
    return await parts.run(request, Asked.model_validate(asked), request.incoming, steps.put)


async def test_each_part_is_a_step() -> None:
    async with serving() as (parts, _):
        steps = Steps()
        assert await run(parts, steps, words=3) == Told(words=3)
        assert steps.numbers == [0, 1, 2, 3]
        assert len({step["run"] for step in steps.told}) == 1
        assert "part" not in steps.told[0]
        assert all(set(step["part"]) == {"word"} for step in steps.told[1:])


async def test_a_part_is_made_when_the_broker_has_nearly_all_before_it() -> None:
    async with serving() as (parts, lifecycle):
        steps = Steps()
        steps.room = asyncio.Semaphore(3)
        running = asyncio.create_task(run(parts, steps, words=1000))
        async with asyncio.timeout(5):
            while lifecycle.resources.made < WINDOW + 3:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        # The broker has the run and two parts.
        assert lifecycle.resources.made == WINDOW + 3
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert lifecycle.resources.running == 0


async def test_the_end_waits_until_the_broker_has_the_parts() -> None:
    async with serving() as (parts, _):
        steps = Steps()
        steps.room = asyncio.Semaphore(2)
        running = asyncio.create_task(run(parts, steps, words=5))
        await asyncio.sleep(0.3)
        assert not running.done()
        for _ in range(10):
            steps.room.release()
        assert await running == Told(words=5)


async def test_a_broker_that_takes_no_parts_ends_the_run() -> None:
    async with serving() as (parts, lifecycle):
        steps = Steps(most=3)
        with pytest.raises(Problem, match="the broker is away"):
            await run(parts, steps, words=1000)
        assert lifecycle.resources.running == 0


async def test_a_job_that_was_done_when_the_broker_was_away_has_its_output_in_the_next_run() -> (
    None
):
    async with serving(stream_replay_bytes=20) as (parts, lifecycle):
        with pytest.raises(Problem, match="the broker is away"):
            await run(parts, Steps(most=3), words=3)
        assert await run(parts, Steps(), words=3) == Told(words=3)
        assert lifecycle.resources.runs == 1


@pytest.mark.parametrize("fails", ["", "problem"])
async def test_past_the_bytes_of_a_run_its_last_part_alone_is_a_step(
    monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    monkeypatch.setattr(job_parts, "MOST_BYTES", 10_000)
    async with serving() as (parts, lifecycle):
        steps = Steps()
        running = run(parts, steps, words=9, size=3000, fails=fails)
        if fails:
            with pytest.raises(Problem, match="no more words"):
                await running
        else:
            assert await running == Told(words=9)
        # Its number says that others are missing.
        assert steps.numbers == [0, 1, 2, 9]
        assert steps.told[-1]["part"] == {"word": "8" * 3000}
        assert lifecycle.resources.made == 9


async def test_small_parts_count_with_what_a_broker_keeps_beside_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job_parts, "MOST_BYTES", 30_000)
    async with serving() as (parts, _):
        steps = Steps()
        await run(parts, steps, words=100)
        *numbers, last = steps.numbers
        assert (numbers, last) == ([*range(len(numbers))], 100)
        assert 20 < len(numbers) < 60


async def test_a_problem_comes_behind_the_parts() -> None:
    async with serving(max_stream_parts=2) as (parts, lifecycle):
        steps = Steps()
        with pytest.raises(Problem) as raised:
            await run(parts, steps, words=5)
        assert raised.value.code == "resource_exhausted"
        assert steps.numbers == [0, 1, 2]
        assert lifecycle.resources.running == 0


async def test_a_run_again_has_a_name_of_its_own() -> None:
    async with serving() as (parts, _):
        first, second = Steps(), Steps()
        for steps in (first, second):
            await run(parts, steps, words=1)
        assert first.told[0]["run"] != second.told[0]["run"]
        assert second.numbers == [0, 1]
