"""Background work: bounded, isolated, finished."""

import asyncio

import pytest
from service_runtime.background import Background
from service_runtime.calls.problem import Problem


async def test_what_was_taken_is_done_before_the_end() -> None:
    done: list[int] = []

    async def job() -> None:
        await asyncio.sleep(0.01)
        done.append(1)

    async with Background.open(concurrency=2, queue=10, grace=5) as background:
        for _ in range(6):
            background.start("count", job)
        assert done == []
    assert len(done) == 6


async def test_no_more_than_agreed_run_at_once() -> None:
    running = 0
    most = 0

    async def job() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    async with Background.open(concurrency=3, queue=10, grace=5) as background:
        for _ in range(9):
            background.start("count", job)
    assert most == 3


async def test_too_much_is_refused() -> None:
    released = asyncio.Event()

    async def job() -> None:
        await released.wait()

    async with Background.open(concurrency=1, queue=2, grace=5) as background:
        for _ in range(3):
            background.start("wait", job)
        assert background.is_full
        with pytest.raises(Problem) as caught:
            background.start("wait", job)
        assert caught.value.code == "resource_exhausted"
        released.set()
    with pytest.raises(Problem) as caught:
        background.start("wait", job)
    assert caught.value.code == "unavailable"


async def test_a_job_that_fails_leaves_the_others_alone() -> None:
    done = asyncio.Event()

    async def bad() -> None:
        raise RuntimeError("no")

    async def good() -> None:
        done.set()

    async with Background.open(concurrency=1, queue=10, grace=5) as background:
        background.start("bad", bad)
        background.start("good", good)
    assert done.is_set()


async def test_after_the_grace_period_what_is_left_is_cancelled() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def job() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with asyncio.timeout(5):
        async with Background.open(concurrency=1, queue=1, grace=0.05) as background:
            background.start("endless", job)
            background.start("waiting", job)
            await begun.wait()
    assert cancelled.is_set()
