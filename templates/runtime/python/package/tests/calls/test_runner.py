"""The runner, without a transport."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from service_runtime.calls.admission import Admission
from service_runtime.calls.call import Call, Incoming
from service_runtime.calls.idempotency import MemoryKeys
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.calls.runner import Limits, Service
from service_runtime.calls.values import EventModel, Model
from service_runtime.events import EventLog

LIMITS = Limits(
    concurrency=2,
    queue=1,
    jobs=1,
    default_timeout=5,
    max_timeout=10,
)


class Nothing(Model):
    pass


class Done(EventModel):
    EVENT: ClassVar[str] = "done"


class Resources:
    async def ready(self) -> None:
        """Always."""


Handler = Callable[[Nothing, Call, Resources], Awaitable[Nothing]]


class Runner:
    """A service of one operation."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.service = Service(
            "probe",
            Resources(),
            EventLog(10),
            limits=LIMITS,
            keys=MemoryKeys(60, 100_000),
            tracer=provider.get_tracer("test"),
        )

    async def run(
        self, handler: Handler, incoming: Incoming | None = None, *, safe: bool = False
    ) -> Nothing:
        operation = Operation("act", Nothing, Nothing, handler, safe)
        return await self.service.run(operation, Nothing(), incoming or Incoming())


async def fine(_payload: Nothing, _call: Call, _resources: Resources) -> Nothing:
    return Nothing()


async def endless(_payload: Nothing, _call: Call, _resources: Resources) -> Nothing:
    await asyncio.sleep(60)
    return Nothing()


@pytest.mark.parametrize(("asked", "given"), [(None, 5), (2, 2), (1000, 10)])
async def test_the_deadline_is_the_callers_within_the_limit(
    asked: float | None, given: float
) -> None:
    calls: list[Call] = []

    async def handler(_payload: Nothing, call: Call, _resources: Resources) -> Nothing:
        calls.append(call)
        return Nothing()

    await Runner().run(handler, Incoming(timeout=asked, idempotency_key="k"))
    assert given - 1 < calls[0].remaining() <= given
    assert calls[0].idempotency_key == "k"


async def test_nothing_runs_after_the_deadline() -> None:
    with pytest.raises(Problem, match="deadline_exceeded"):
        await Runner().run(fine, Incoming(timeout=0))


async def test_a_call_ends_at_its_deadline() -> None:
    with pytest.raises(Problem, match="deadline_exceeded"):
        await Runner().run(endless, Incoming(timeout=0.05))


async def test_waiting_for_a_place_counts_toward_the_deadline() -> None:
    runner = Runner()
    running = [asyncio.create_task(runner.run(endless)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Problem, match="deadline_exceeded"):
        await runner.run(fine, Incoming(timeout=0.05))
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_a_place_is_free_again_whatever_happened() -> None:
    runner = Runner()
    for _ in range(5):
        with pytest.raises(Problem, match="deadline_exceeded"):
            await runner.run(endless, Incoming(timeout=0.01))
    assert await runner.run(fine) == Nothing()


async def test_who_was_let_in_takes_no_room_in_the_queue() -> None:
    runner = Runner()
    gate = asyncio.Event()

    async def gated(_payload: Nothing, _call: Call, _resources: Resources) -> Nothing:
        await gate.wait()
        return Nothing()

    async def twice() -> Nothing:
        await runner.run(gated)
        # At once: before the one that waited for this place has begun.
        return await runner.run(fine)

    holding = asyncio.create_task(runner.run(endless))
    first = asyncio.create_task(twice())
    await asyncio.sleep(0)
    waiting = asyncio.create_task(runner.run(fine))
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(first, waiting) == [Nothing(), Nothing()]
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)


async def test_who_leaves_the_queue_makes_room_in_it() -> None:
    runner = Runner()
    running = [asyncio.create_task(runner.run(endless)) for _ in range(2)]
    await asyncio.sleep(0)
    for _ in range(3):
        waiting = asyncio.create_task(runner.run(fine))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    waiting = asyncio.create_task(runner.run(fine))
    await asyncio.sleep(0)
    running[0].cancel()
    assert await waiting == Nothing()
    running[1].cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_a_timeout_inside_a_handler_is_not_the_deadline() -> None:
    async def handler(_payload: Nothing, _call: Call, _resources: Resources) -> Nothing:
        raise TimeoutError

    with pytest.raises(Problem, match=r"^internal: "):
        await Runner().run(handler)


async def test_only_what_is_unsafe_is_remembered() -> None:
    runs = 0

    async def handler(_payload: Nothing, _call: Call, _resources: Resources) -> Nothing:
        nonlocal runs
        runs += 1
        return Nothing()

    runner = Runner()
    for safe, expected in ((True, 2), (False, 3)):
        for _ in range(2):
            await runner.run(handler, Incoming(idempotency_key="k"), safe=safe)
        assert runs == expected


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (Problem("not_found", "no such thing"), StatusCode.UNSET),
        (Problem("unavailable", "not now"), StatusCode.ERROR),
    ],
)
async def test_a_problem_is_recorded_on_the_span(problem: Problem, status: StatusCode) -> None:
    async def handler(_payload: Nothing, _call: Call, _resources: Resources) -> Nothing:
        raise problem

    runner = Runner()
    with pytest.raises(Problem):
        await runner.run(handler)
    (span,) = runner.spans.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes["error.type"] == problem.code
    assert span.status.status_code is status
    assert len(problem.trace_id) == 32


async def test_jobs_have_places_of_their_own_and_wait_for_them() -> None:
    runner = Runner()
    gate = asyncio.Event()
    running = 0
    most = 0

    async def handler(_payload: Nothing, call: Call, _resources: Resources) -> Nothing:
        nonlocal running, most
        running += 1
        most = max(most, running)
        # The time of a job begins when it runs.
        assert call.remaining() > 1
        await gate.wait()
        running -= 1
        return Nothing()

    job = Incoming(timeout=2, job=True)
    jobs = [asyncio.create_task(runner.run(handler, job)) for _ in range(10)]
    await asyncio.sleep(0)
    assert await runner.run(fine) == Nothing()
    gate.set()
    await asyncio.gather(*jobs)
    assert most == LIMITS.jobs


async def test_a_place_that_comes_together_with_the_end_of_the_wait_is_given_back() -> None:
    door = Admission(concurrency=1, queue=1, jobs=1)
    await door.enter()
    second = asyncio.create_task(door.enter())
    await asyncio.sleep(0)
    door.leave()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert (door.running, door.waiting) == (0, 0)


async def test_a_job_that_failed_by_our_fault_may_run_again() -> None:
    runs = 0

    async def handler(_payload: Nothing, _call: Call, _resources: Resources) -> Nothing:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise RuntimeError("a defect, or a moment of weakness")
        return Nothing()

    runner = Runner()
    job = Incoming(idempotency_key="k", job=True)
    with pytest.raises(Problem, match="internal"):
        await runner.run(handler, job)
    for _ in range(2):
        assert await runner.run(handler, job) == Nothing()
    assert runs == 2


async def test_what_a_running_call_publishes_is_received_after_the_log_is_closed() -> None:
    runner = Runner()
    gate = asyncio.Event()

    async def handler(_payload: Nothing, call: Call, _resources: Resources) -> Nothing:
        await gate.wait()
        call.events.publish(Done())
        return Nothing()

    call = asyncio.create_task(runner.run(handler))
    records = runner.service.events.after()
    await asyncio.sleep(0)
    runner.service.events.close()
    gate.set()
    assert [record.name async for record in records] == ["done"]
    await call
