"""Whose turn it is."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from service_runtime.calls.problem import Problem
from service_runtime.language.turns import FIRST_GUESS, Turns
from service_runtime.testing import becomes


async def test_so_many_at_once_and_the_next_in_their_order() -> None:
    turns = Turns(places=2, queue=3, patience=5)
    order: list[int] = []

    async def take(number: int) -> None:
        async with turns.turn():
            order.append(number)

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        await stack.enter_async_context(turns.turn())
        async with turns.turn():
            for number in range(3):
                group.create_task(take(number))
                await becomes(lambda: turns.waiting, number + 1)
            assert (turns.running, order) == (2, [])
        await becomes(lambda: turns.waiting, 0)
    await becomes(lambda: order, [0, 1, 2])
    assert turns.running == 0


async def test_a_full_queue_says_when_to_come_back() -> None:
    turns = Turns(places=2, queue=1, patience=5)
    async with turns.turn(), turns.turn():
        waiting = asyncio.ensure_future(turns.turn().__aenter__())
        await becomes(lambda: turns.waiting, 1)
        with pytest.raises(Problem) as caught:
            async with turns.turn():
                pass
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert caught.value.code == "resource_exhausted"
    # One who waits, and the refused one, at two places.
    assert caught.value.retry_after == FIRST_GUESS
    assert (turns.waiting, turns.running) == (0, 0)


async def test_short_turns_let_others_come_back_sooner() -> None:
    turns = Turns(places=1, queue=0, patience=5)
    for _ in range(20):
        async with turns.turn():
            pass
    async with turns.turn():
        with pytest.raises(Problem) as caught:
            async with turns.turn():
                pass
    assert caught.value.retry_after == 1


@pytest.mark.parametrize("failure", [Problem("unavailable", "broken"), asyncio.CancelledError()])
async def test_turns_that_fail_let_nobody_come_back_sooner(failure: BaseException) -> None:
    turns = Turns(places=1, queue=0, patience=5)
    for _ in range(20):
        with pytest.raises(type(failure)):
            async with turns.turn():
                raise failure
    async with turns.turn():
        with pytest.raises(Problem) as caught:
            async with turns.turn():
                pass
    assert caught.value.retry_after == FIRST_GUESS


async def test_nobody_waits_for_ever() -> None:
    turns = Turns(places=1, queue=1, patience=0.05)
    async with turns.turn():
        with pytest.raises(Problem) as caught:
            async with turns.turn():
                pass
        assert turns.waiting == 0
    assert caught.value.code == "resource_exhausted"
    async with turns.turn():
        assert turns.running == 1
