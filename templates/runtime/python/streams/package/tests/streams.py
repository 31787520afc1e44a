"""A service whose operation answers in parts, and what holds of it on every way in."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

import pytest
from service_runtime.calls.call import Call, Caller, Events
from service_runtime.calls.problem import Problem
from service_runtime.calls.streams import StreamOperation, StreamSettings
from service_runtime.calls.values import Model
from service_runtime.identity import Identity
from service_runtime.server.definition import Definition
from service_runtime.settings import ServiceSettings


class Asked(Model):
    """What is asked: so many words, each after a while, perhaps with a failure behind them."""

    words: int
    seconds: float = 0
    size: int = 1
    fails: str = ""


class Word(Model):
    word: str


class Told(Model):
    words: int


class Nothing(Model):
    pass


class Settings(StreamSettings, ServiceSettings):
    """Of a service that answers in parts."""


@dataclass(slots=True)
class Resources:
    """What happened, for tests to look at."""

    runs: int = 0
    made: int = 0
    running: int = 0
    callers: list[Caller | None] = field(default_factory=list[Caller | None])
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def open(cls, _settings: Settings, _events: Events) -> AsyncGenerator[Self]:
        yield cls()

    async def ready(self) -> None:
        """Always."""


async def tell(payload: Asked, call: Call, resources: Resources) -> AsyncGenerator[Word | Told]:
    """Tell words."""
    resources.runs += 1
    resources.running += 1
    resources.callers.append(call.caller)
    try:
        for number in range(payload.words):
            resources.made += 1
            yield Word(word=str(number) * payload.size)
            await asyncio.sleep(payload.seconds)
        if payload.fails == "problem":
            raise Problem("not_found", "no more words", retry_after=3)
        if payload.fails:
            raise RuntimeError(payload.fails)
        yield Told(words=payload.words)
    finally:
        resources.running -= 1
        resources.closed.set()


async def list_words(
    payload: Asked, _call: Call, resources: Resources
) -> AsyncGenerator[Word | Nothing]:
    """Tell words, each behind what it takes to compute it, and nothing at their end."""
    for number in range(payload.words):
        time.sleep(payload.seconds)  # noqa: ASYNC251 (what computes does not wait either)
        resources.made += 1
        yield Word(word=str(number))


TELL = StreamOperation(name="tell", input=Asked, part=Word, output=Told, handler=tell, safe=False)
LIST = StreamOperation(
    name="list_words", input=Asked, part=Word, output=Nothing, handler=list_words, safe=True
)

TELLER = Definition(
    Identity(system="demo", name="teller", version="1", description=""),
    Settings,
    Resources.open,
    [],
    transports=[],
    folder=Path(),
    streams=[TELL, LIST],
)


class RefusedError(Exception):
    """A problem came before the first part; its only argument is the code."""


class Teller(Protocol):
    """A way in to a service that tells words."""

    @property
    def resources(self) -> Resources:
        """Of the service."""
        ...

    def tell(
        self, asked: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, Any]]]:
        """Ask `tell`; who leaves the context leaves the answer.

        Returns:
            What comes: `part` and `end` with their JSON, `problem` with `code` and `retry_after`.

        Raises:
            RefusedError: There was no first part.
        """
        ...


class StreamSuite:
    """Inherited by the tests of each way in, which bring the fixture `teller`."""

    async def test_parts_then_the_end(self, teller: Teller) -> None:
        async with teller.tell({"words": 2}) as events:
            assert [event async for event in events] == [
                ("part", {"word": "0"}),
                ("part", {"word": "1"}),
                ("end", {"words": 2}),
            ]

    async def test_many_parts_come_in_order(self, teller: Teller) -> None:
        async with teller.tell({"words": 1000}) as events:
            found = [data async for name, data in events if name == "part"]
        assert found == [{"word": str(number)} for number in range(1000)]

    async def test_a_part_arrives_before_the_next_one_is_made(self, teller: Teller) -> None:
        async with teller.tell({"words": 2, "seconds": 30}) as events:
            assert await anext(events) == ("part", {"word": "0"})
            assert teller.resources.made == 1

    async def test_who_leaves_closes_the_generator_within_a_second(self, teller: Teller) -> None:
        async with teller.tell({"words": 2, "seconds": 30}) as events:
            await anext(events)
        async with asyncio.timeout(1):
            await teller.resources.closed.wait()

    async def test_who_does_not_read_is_waited_for(self, teller: Teller) -> None:
        async with teller.tell({"words": 10_000, "size": 16 * 1024}) as events:
            await anext(events)
            made = -1
            while made != teller.resources.made:
                made = teller.resources.made
                await asyncio.sleep(0.2)
            assert made < 1000
        async with asyncio.timeout(1):
            await teller.resources.closed.wait()

    async def test_a_problem_comes_behind_the_parts(self, teller: Teller) -> None:
        async with teller.tell({"words": 1, "fails": "problem"}) as events:
            assert await anext(events) == ("part", {"word": "0"})
            name, problem = await anext(events)
            assert (name, problem["code"], problem["retry_after"]) == ("problem", "not_found", 3)
            assert [event async for event in events] == []

    async def test_a_problem_before_the_first_part_is_one_of_a_call(self, teller: Teller) -> None:
        for asked, code in (
            ({"words": 0, "fails": "problem"}, "not_found"),
            ({"words": "many"}, "invalid_argument"),
        ):
            with pytest.raises(RefusedError, match=code):
                async with teller.tell(asked):
                    pytest.fail("it was answered")

    async def test_the_deadline_of_the_caller_ends_it(self, teller: Teller) -> None:
        timeout = {"request-timeout-ms": "2000"}
        async with teller.tell({"words": 2, "seconds": 30}, timeout) as events:
            *_, (name, problem) = [event async for event in events]
        assert (name, problem["code"]) == ("problem", "deadline_exceeded")
        assert teller.resources.running == 0

    async def test_the_same_key_is_told_the_same(self, teller: Teller) -> None:
        async def told() -> list[tuple[str, Any]]:
            key = {"idempotency-key": "k"}
            async with teller.tell({"words": 3, "seconds": 0.05}, key) as events:
                return [event async for event in events]

        first, second = await asyncio.gather(told(), told())
        assert first == second == await told()
        assert len(first) == 4
        assert teller.resources.runs == 1
