"""The same request, sent again."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from service_runtime.calls.idempotency import ENTRY_BYTES, Idempotency, request_of
from service_runtime.calls.problem import Code, Problem
from service_runtime.calls.values import Model


class Text(Model):
    text: str


class Tagged(Model):
    tags: dict[str, str]


class Work:
    """Counts its runs; each may be held or fail."""

    def __init__(self, *failures: Problem) -> None:
        self.runs = 0
        self.released = asyncio.Event()
        self._failures = list(failures)

    async def __call__(self) -> Text:
        self.runs += 1
        await self.released.wait()
        if self._failures:
            raise self._failures.pop(0)
        return Text(text=f"run {self.runs}")

    @classmethod
    def at_once(cls, *failures: Problem) -> "Work":
        work = cls(*failures)
        work.released.set()
        return work


def remembering(
    ttl: float = 60, capacity: int = 10 * ENTRY_BYTES
) -> Callable[[Work], Awaitable[Text]]:
    """Do the work for one request under one key."""
    idempotency = Idempotency(ttl, capacity)
    return lambda work: idempotency.once("key", b"payload", work)


async def test_who_comes_second_waits_for_the_first() -> None:
    once = remembering()
    work = Work()
    calls = [asyncio.ensure_future(once(work)) for _ in range(3)]
    await asyncio.sleep(0)
    work.released.set()
    assert {(await call).text for call in calls} == {"run 1"}


async def test_when_the_first_leaves_the_next_runs() -> None:
    once = remembering()
    work = Work()
    first, second = (asyncio.ensure_future(once(work)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    work.released.set()
    assert (await second).text == "run 2"


async def test_another_payload_is_a_conflict_while_running_and_after() -> None:
    idempotency = Idempotency(60, 10 * ENTRY_BYTES)
    work = Work()
    first = asyncio.create_task(idempotency.once("key", b"one", work))
    await asyncio.sleep(0)
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            await idempotency.once("key", b"another", work)
        assert caught.value.code == "conflict"
        work.released.set()
        await first


async def test_a_payload_is_the_same_in_whatever_order_its_members_come() -> None:
    idempotency = Idempotency(60, 10 * ENTRY_BYTES)
    work = Work.at_once()
    for tags in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}):
        await idempotency.once("key", request_of(Tagged(tags=tags)), work)
    assert work.runs == 1


@pytest.mark.parametrize("code", ["not_found", "internal", "unimplemented"])
async def test_a_failure_that_is_an_answer_is_kept(code: Code) -> None:
    once = remembering()
    work = Work.at_once(Problem(code, "so it is", errors=[{"pointer": "", "detail": "all"}]))
    raised: list[Problem] = []
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            await once(work)
        raised.append(caught.value)
    assert work.runs == 1
    assert raised[0].document() == raised[1].document()


@pytest.mark.parametrize("code", ["unavailable", "deadline_exceeded", "resource_exhausted"])
async def test_a_failure_of_the_moment_is_not_kept(code: Code) -> None:
    once = remembering()
    work = Work.at_once(Problem(code, "not now"))
    with pytest.raises(Problem):
        await once(work)
    assert (await once(work)).text == "run 2"


async def test_what_is_old_is_forgotten() -> None:
    once = remembering(ttl=0.01)
    work = Work.at_once()
    await once(work)
    await asyncio.sleep(0.02)
    assert (await once(work)).text == "run 2"


async def test_what_is_kept_is_bounded() -> None:
    idempotency = Idempotency(60, 2 * ENTRY_BYTES + 100)
    work = Work.at_once()
    for number in range(10):
        await idempotency.once(str(number), b"payload", work)
    assert (await idempotency.once("9", b"payload", work)).text == "run 10"
    assert (await idempotency.once("0", b"payload", work)).text == "run 11"


async def test_an_output_larger_than_the_memory_is_not_kept() -> None:
    once = remembering(capacity=ENTRY_BYTES + 5)
    work = Work.at_once()
    await once(work)
    assert (await once(work)).text == "run 2"


async def test_an_output_larger_than_the_memory_takes_the_place_of_none() -> None:
    idempotency = Idempotency(60, 2 * ENTRY_BYTES)

    async def large() -> Text:
        return Text(text="x" * 2 * ENTRY_BYTES)

    small = Work.at_once()
    await idempotency.once("small", b"payload", small)
    await idempotency.once("large", b"payload", large)
    assert (await idempotency.once("small", b"payload", small)).text == "run 1"
