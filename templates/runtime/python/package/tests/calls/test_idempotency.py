"""Idempotency keys: what holds wherever they are kept, and those in memory."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Protocol

import pytest
from service_runtime.calls.idempotency import (
    ENTRY_BYTES,
    IdempotencyKeys,
    MemoryKeys,
    request_of,
)
from service_runtime.calls.problem import Code, Problem
from service_runtime.calls.values import OPTIONAL, Bytes, Model, Timestamp

ROOM = 10 * ENTRY_BYTES


class Text(Model):
    text: str


class Tagged(Model):
    tags: dict[str, str]


class Everything(Model):
    """What is not the same in JSON as in Python."""

    at: Timestamp
    data: Bytes
    absent: Annotated[Text | None, OPTIONAL] = None
    texts: list[Text]


class Work:
    """Counts its runs; each may be held or fail."""

    def __init__(self, *failures: Problem) -> None:
        self.runs = 0
        self.begun = asyncio.Event()
        self.released = asyncio.Event()
        self._failures = list(failures)

    async def __call__(self) -> Text:
        self.runs += 1
        self.begun.set()
        await self.released.wait()
        if self._failures:
            raise self._failures.pop(0)
        return Text(text=f"run {self.runs}")

    @classmethod
    def at_once(cls, *failures: Problem) -> "Work":
        work = cls(*failures)
        work.released.set()
        return work


class OpenKeys(Protocol):
    """Opens what is tested; several at once are those of replicas, where replicas share them."""

    def __call__(
        self, ttl: float = 60, capacity: int = ROOM
    ) -> AbstractAsyncContextManager[IdempotencyKeys]: ...


def once(keys: IdempotencyKeys, work: Callable[[], Awaitable[Text]]) -> Awaitable[Text]:
    """Do the work for one request under one key."""
    return keys.once("key", b"payload", Text, work)


class KeysSuite:
    """Tests of what keeps them inherit it, beside a fixture `open_keys`."""

    @pytest.fixture
    async def keys(self, open_keys: OpenKeys) -> AsyncGenerator[IdempotencyKeys]:
        async with open_keys() as opened:
            yield opened

    async def test_who_comes_second_waits_for_the_first(self, keys: IdempotencyKeys) -> None:
        work = Work()
        calls = [asyncio.ensure_future(once(keys, work)) for _ in range(3)]
        await work.begun.wait()
        work.released.set()
        assert {(await call).text for call in calls} == {"run 1"}

    async def test_when_the_first_leaves_the_next_runs(self, keys: IdempotencyKeys) -> None:
        work = Work()
        first = asyncio.ensure_future(once(keys, work))
        await work.begun.wait()
        second = asyncio.ensure_future(once(keys, work))
        await asyncio.sleep(0)
        first.cancel()
        work.released.set()
        assert (await second).text == "run 2"

    async def test_who_waits_may_leave(self, keys: IdempotencyKeys) -> None:
        work = Work()
        first = asyncio.ensure_future(once(keys, work))
        await work.begun.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await once(keys, work)
        work.released.set()
        assert (await first).text == "run 1"

    async def test_another_request_is_a_conflict_while_running_and_after(
        self, keys: IdempotencyKeys
    ) -> None:
        work = Work()
        first = asyncio.ensure_future(once(keys, work))
        await work.begun.wait()
        for _ in range(2):
            with pytest.raises(Problem, match=r"^conflict: "):
                await keys.once("key", b"another", Text, work)
            work.released.set()
            await first
        assert work.runs == 1

    async def test_a_request_is_the_same_in_whatever_order_its_members_come(
        self, keys: IdempotencyKeys
    ) -> None:
        work = Work.at_once()
        for tags in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}):
            await keys.once("key", request_of(Tagged(tags=tags)), Text, work)
        assert work.runs == 1

    async def test_keys_do_not_touch_each_other(self, keys: IdempotencyKeys) -> None:
        work = Work.at_once()
        texts = [(await keys.once(key, b"payload", Text, work)).text for key in ("a", "b", "a")]
        assert texts == ["run 1", "run 2", "run 1"]

    async def test_the_outcome_is_what_the_work_gave(self, keys: IdempotencyKeys) -> None:
        given = Everything(
            at=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), data=b"\0\xff", texts=[Text(text='é"')]
        )
        others: list[tuple[type[Any], object]] = [
            (Everything, given),
            (list[Text], given.texts),
            (int, 7),
        ]
        for output, value in others:
            for _ in range(2):
                kept: object = await keys.once(
                    str(output), b"payload", output, partial(asyncio.sleep, 0, value)
                )
                assert (type(kept), kept) == (type(value), value)

    @pytest.mark.parametrize("code", ["not_found", "internal", "unimplemented"])
    async def test_a_failure_that_is_an_answer_is_kept(
        self, keys: IdempotencyKeys, code: Code
    ) -> None:
        wrong = Problem(
            code, "so it is", errors=[{"pointer": "", "detail": "all"}], retry_after=1.5
        )
        work = Work.at_once(wrong)
        raised: list[Problem] = []
        for _ in range(2):
            with pytest.raises(Problem) as caught:
                await once(keys, work)
            raised.append(caught.value)
        assert work.runs == 1
        assert raised[0] is not raised[1]
        assert raised[0].document() == raised[1].document()
        assert raised[0].retry_after == raised[1].retry_after

    @pytest.mark.parametrize("code", ["unavailable", "deadline_exceeded", "resource_exhausted"])
    async def test_a_failure_of_the_moment_is_not_kept(
        self, keys: IdempotencyKeys, code: Code
    ) -> None:
        work = Work.at_once(Problem(code, "not now"))
        with pytest.raises(Problem, match="not now"):
            await once(keys, work)
        assert (await once(keys, work)).text == "run 2"

    async def test_what_is_transient_is_the_callers_to_say(self, keys: IdempotencyKeys) -> None:
        work = Work.at_once(Problem("internal", "a moment of weakness"))
        transient = frozenset[Code]({"internal"})
        with pytest.raises(Problem, match="weakness"):
            await keys.once("key", b"payload", Text, work, transient)
        assert (await keys.once("key", b"payload", Text, work, transient)).text == "run 2"

    async def test_what_is_old_is_forgotten(self, open_keys: OpenKeys) -> None:
        async with open_keys(ttl=0.01) as keys:
            work = Work.at_once()
            await once(keys, work)
            await asyncio.sleep(0.02)
            assert (await once(keys, work)).text == "run 2"

    async def test_an_outcome_larger_than_there_is_room_is_not_kept(
        self, open_keys: OpenKeys
    ) -> None:
        async with open_keys(capacity=ENTRY_BYTES + 5) as keys:
            work = Work.at_once()
            await once(keys, work)
            assert (await once(keys, work)).text == "run 2"


class TestMemoryKeys(KeysSuite):
    """As all keys."""

    @pytest.fixture
    def open_keys(self) -> OpenKeys:
        @asynccontextmanager
        async def opened(ttl: float = 60, capacity: int = ROOM) -> AsyncGenerator[IdempotencyKeys]:
            yield MemoryKeys(ttl, capacity)

        return opened


async def test_what_is_kept_is_bounded() -> None:
    keys = MemoryKeys(60, 2 * ENTRY_BYTES + 100)
    work = Work.at_once()
    for number in range(10):
        await keys.once(str(number), b"payload", Text, work)
    assert (await keys.once("9", b"payload", Text, work)).text == "run 10"
    assert (await keys.once("0", b"payload", Text, work)).text == "run 11"


async def test_an_output_larger_than_the_memory_takes_the_place_of_none() -> None:
    keys = MemoryKeys(60, 2 * ENTRY_BYTES)

    async def large() -> Text:
        return Text(text="x" * 2 * ENTRY_BYTES)

    small = Work.at_once()
    await keys.once("small", b"payload", Text, small)
    await keys.once("large", b"payload", Text, large)
    assert (await keys.once("small", b"payload", Text, small)).text == "run 1"
