"""Answers in parts, without a transport."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from service_runtime.calls.call import Call, Incoming
from service_runtime.calls.idempotency import MemoryKeys
from service_runtime.calls.problem import Problem
from service_runtime.calls.runner import Service
from service_runtime.calls.streams import MAX_ITEM_BYTES, Item, StreamOperation, Streams
from service_runtime.calls.values import Model
from service_runtime.events import EventLog
from service_runtime.settings import ServiceSettings

from tests.streams import LIST, TELL, Asked, Nothing, Resources, Settings, Told, Word

KEY = Incoming(idempotency_key="k")


class Teller:
    """A service that tells words."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401
        self.spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.resources = Resources()
        self.settings = Settings(**settings)
        self.service = Service(
            "teller",
            self.resources,
            EventLog(10),
            limits=self.settings.limits,
            keys=MemoryKeys(ttl=60, capacity=1_000_000),
            tracer=provider.get_tracer("test"),
        )
        self.streams = Streams.of(self.service, self.settings)

    def tell(self, asked: Asked, incoming: Incoming | None = None) -> AsyncGenerator[Item]:
        return self.streams.run(TELL, asked, incoming or Incoming())


async def values(items: AsyncGenerator[Item]) -> list[Model]:
    return [item.value async for item in items]


async def until_problem(items: AsyncGenerator[Item]) -> tuple[list[Model], Problem]:
    """What came before the problem, and the problem."""
    found: list[Model] = []
    try:
        async for item in items:
            found.append(item.value)  # noqa: PERF401 (what came before counts)
    except Problem as problem:
        return found, problem
    pytest.fail("there was no problem")


async def test_parts_come_in_order_and_the_output_last() -> None:
    found = [item async for item in Teller().tell(Asked(words=3))]
    assert [item.value for item in found] == [
        *(Word(word=str(number)) for number in range(3)),
        Told(words=3),
    ]
    assert [item.last for item in found] == [False, False, False, True]
    assert found[0].data == b'{"word":"0"}'


async def test_an_output_without_fields_may_be_left_out() -> None:
    found = await values(Teller().streams.run(LIST, Asked(words=1), Incoming()))
    assert found == [Word(word="0"), Nothing()]


async def test_a_part_is_made_when_it_is_asked_for() -> None:
    teller = Teller()
    async with aclosing(teller.tell(Asked(words=1000))) as items:
        for expected in range(1, 10):
            await anext(items)
            await asyncio.sleep(0.002)
            assert teller.resources.made == expected


async def test_who_leaves_closes_the_generator() -> None:
    teller = Teller()
    async with aclosing(teller.tell(Asked(words=2, seconds=60))) as items:
        await anext(items)
        assert teller.resources.running == 1
    assert teller.resources.running == 0


async def test_who_leaves_while_a_part_is_made_closes_the_generator() -> None:
    teller = Teller()
    reading = asyncio.create_task(values(teller.tell(Asked(words=2, seconds=60))))
    while teller.resources.running == 0:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    reading.cancel()
    await asyncio.wait([reading], timeout=1)
    assert reading.done()
    assert teller.resources.running == 0


async def test_a_problem_comes_behind_the_parts_that_were_given() -> None:
    found, problem = await until_problem(Teller().tell(Asked(words=2, fails="problem")))
    assert found == [Word(word="0"), Word(word="1")]
    assert (problem.code, problem.retry_after) == ("not_found", 3)


async def test_what_nobody_foresaw_is_internal() -> None:
    found, problem = await until_problem(Teller().tell(Asked(words=1, fails="swordfish")))
    assert found == [Word(word="0")]
    assert problem.code == "internal"
    assert "swordfish" not in problem.detail


@pytest.mark.parametrize(
    ("settings", "detail"),
    [
        ({"stream_idle_ms": 500}, "no part came within 500 ms"),
        ({"stream_timeout_ms": 500}, "the call took longer than its deadline"),
    ],
)
async def test_the_time_for_a_part_and_for_the_whole_are_two(
    settings: dict[str, int], detail: str
) -> None:
    teller = Teller(**settings)
    found, problem = await until_problem(teller.tell(Asked(words=3, seconds=60)))
    assert found == [Word(word="0")]
    assert (problem.code, problem.detail) == ("deadline_exceeded", detail)
    assert teller.resources.running == 0


async def test_the_time_of_a_slow_reader_is_not_that_of_a_part() -> None:
    teller = Teller(stream_idle_ms=500)
    async with aclosing(teller.tell(Asked(words=2))) as items:
        await anext(items)
        await asyncio.sleep(0.7)
        assert (await anext(items)).value == Word(word="1")


@pytest.mark.parametrize("settings", [{"max_stream_parts": 2}, {"max_stream_bytes": 24}])
async def test_an_answer_is_bounded(settings: dict[str, int]) -> None:
    found, problem = await until_problem(Teller(**settings).tell(Asked(words=9)))
    assert len(found) == 2
    assert problem.code == "resource_exhausted"


async def test_a_part_is_bounded() -> None:
    found, problem = await until_problem(Teller().tell(Asked(words=1, size=MAX_ITEM_BYTES)))
    assert (found, problem.code) == ([], "internal")


async def test_past_the_limit_one_more_is_refused_and_a_place_is_free_again() -> None:
    teller = Teller(max_streams=1)
    async with aclosing(teller.tell(Asked(words=1))) as first:
        await anext(first)
        _, problem = await until_problem(teller.tell(Asked(words=1)))
        assert problem.code == "resource_exhausted"
        assert problem.retry_after
    assert await values(teller.tell(Asked(words=0))) == [Told(words=0)]


async def test_the_same_key_joins_the_run_and_is_given_the_same() -> None:
    teller = Teller()
    asked = Asked(words=3, seconds=0.01)
    first, second = await asyncio.gather(
        values(teller.tell(asked, KEY)), values(teller.tell(asked, KEY))
    )
    third = await values(teller.tell(asked, KEY))
    assert first == second == third
    assert len(first) == 4
    assert teller.resources.runs == 1


async def test_the_same_key_with_something_else_is_a_conflict() -> None:
    teller = Teller()
    await values(teller.tell(Asked(words=1), KEY))
    _, problem = await until_problem(teller.tell(Asked(words=2), KEY))
    assert problem.code == "conflict"


async def test_what_is_too_long_to_be_kept_is_not_done_twice() -> None:
    teller = Teller(stream_replay_bytes=20)
    assert len(await values(teller.tell(Asked(words=3), KEY))) == 4
    found, problem = await until_problem(teller.tell(Asked(words=3), KEY))
    assert (found, problem.code, teller.resources.runs) == ([], "conflict", 1)


@pytest.mark.parametrize("most", [20, 5])
async def test_of_a_job_that_is_done_the_output_is_there_however_long_its_answer(
    most: int,
) -> None:
    teller = Teller(stream_replay_bytes=most)
    job = Incoming(idempotency_key="k", job=True)
    assert len(await values(teller.tell(Asked(words=3), job))) == 4
    assert await values(teller.tell(Asked(words=3), job)) == [Told(words=3)]
    assert teller.resources.runs == 1


async def test_the_next_in_line_runs_when_the_first_has_left() -> None:
    teller = Teller()
    asked = Asked(words=2, seconds=0.05)
    async with aclosing(teller.tell(asked, KEY)) as first:
        await anext(first)
        second = asyncio.create_task(values(teller.tell(asked, KEY)))
        await asyncio.sleep(0.01)
    assert len(await second) == 3
    assert teller.resources.runs == 2


async def test_it_is_one_span_with_its_first_part_and_its_end() -> None:
    teller = Teller()
    await values(teller.tell(Asked(words=2)))
    (span,) = teller.spans.get_finished_spans()
    assert span.name == "tell teller"
    first, end = span.events
    assert (first.name, end.name) == ("first part", "end")
    assert end.attributes is not None
    assert end.attributes["parts"] == 2


async def test_a_problem_is_recorded_on_the_span() -> None:
    teller = Teller()
    await until_problem(teller.tell(Asked(words=1, fails="oh")))
    (span,) = teller.spans.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR


async def test_an_answer_may_end_while_the_service_stops() -> None:
    teller = Teller()
    async with aclosing(teller.tell(Asked(words=1))) as items:
        await anext(items)
        teller.service.stopping.set()
        assert (await anext(items)).value == Told(words=1)


@pytest.mark.parametrize("seconds", [60, 0])
async def test_what_does_not_end_in_time_says_come_back(seconds: float) -> None:
    teller = Teller(shutdown_seconds=1)
    async with aclosing(teller.tell(Asked(words=1_000_000, seconds=seconds))) as items:
        await anext(items)
        teller.service.stopping.set()
        if seconds == 0:
            # A reader that takes its time.
            await asyncio.sleep(0.9)
        _, problem = await until_problem(items)
    assert (problem.code, problem.retry_after) == ("unavailable", 1)
    assert teller.resources.running == 0


async def _beyond(_payload: Asked, _call: Call, _resources: Resources) -> AsyncGenerator[Word]:
    yield Word(word="0")


async def _more(_payload: Asked, _call: Call, _resources: Resources) -> AsyncGenerator[Word | Told]:
    yield Told(words=0)
    yield Word(word="0")


@pytest.mark.parametrize("handler", [_beyond, _more])
async def test_a_handler_that_breaks_its_contract_is_internal(handler: Any) -> None:  # noqa: ANN401
    operation = StreamOperation("tell", Asked, Word, Told, handler, safe=True)
    _, problem = await until_problem(Teller().streams.run(operation, Asked(words=0), Incoming()))
    assert problem.code == "internal"


def test_settings_of_another_service_are_refused() -> None:
    teller = Teller()
    with pytest.raises(TypeError, match="StreamSettings"):
        Streams(teller.service, ServiceSettings())
    assert Streams.of(teller.service, teller.settings) is teller.streams
