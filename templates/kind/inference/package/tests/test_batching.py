"""The batcher, with computations that can be held, watched and made to fail."""

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from service_runtime.batching import Batcher, BatchLimits
from service_runtime.calls.problem import Problem

LIMITS = BatchLimits(max_size=4, max_delay=0.005, queue_limit=8, stall_after=5)
BAD = -1
FATAL = -2


class Squares:
    """Squares numbers; keeps what it was asked, and waits while it is held."""

    def __init__(self, *, held: bool = False) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[int] = set()
        self._begun = threading.Semaphore(0)
        self._free = threading.Event()
        if not held:
            self._free.set()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.threads.add(threading.get_ident())
        self._begun.release()
        assert self._free.wait(10)
        if FATAL in items:
            raise SystemExit
        if BAD in items:
            raise ValueError("bad item")
        return [item * item for item in items]

    def release(self) -> None:
        self._free.set()

    async def begun(self) -> None:
        """Wait until one more batch was begun."""
        assert await asyncio.to_thread(self._begun.acquire, timeout=5)


def soon(seconds: float = 5) -> float:
    return time.monotonic() + seconds


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_answers_go_to_their_callers() -> None:
    squares = Squares()
    async with Batcher(squares, LIMITS) as batcher:
        answers = await asyncio.gather(*(batcher.submit(item, soon()) for item in range(8)))
    assert answers == [item * item for item in range(8)]


async def test_what_arrives_together_is_computed_together() -> None:
    squares = Squares()
    before = metric("inference_batch_size_count"), metric("inference_batch_size_sum")
    limits = BatchLimits(max_size=4, max_delay=0.25, queue_limit=8, stall_after=5)
    async with Batcher(squares, limits) as batcher:
        await asyncio.gather(*(batcher.submit(item, soon()) for item in range(6)))
    assert squares.batches == [[0, 1, 2, 3], [4, 5]]
    assert metric("inference_batch_size_count") == before[0] + 2
    assert metric("inference_batch_size_sum") == before[1] + 6


async def test_a_lone_item_waits_no_longer_than_the_delay() -> None:
    waits = metric("inference_queue_wait_seconds_count"), metric("inference_queue_wait_seconds_sum")
    limits = BatchLimits(max_size=4, max_delay=0.05, queue_limit=8, stall_after=5)
    async with Batcher(Squares(), limits) as batcher:
        assert await batcher.submit(3, soon()) == 9
    assert metric("inference_queue_wait_seconds_count") == waits[0] + 1
    assert 0.05 <= metric("inference_queue_wait_seconds_sum") - waits[1] < 5


async def test_a_full_batch_does_not_wait_for_the_delay() -> None:
    limits = BatchLimits(max_size=2, max_delay=60, queue_limit=8, stall_after=5)
    async with Batcher(Squares(), limits) as batcher:
        answers = await asyncio.gather(batcher.submit(2, soon()), batcher.submit(3, soon()))
    assert answers == [4, 9]


async def test_a_full_queue_refuses() -> None:
    squares = Squares(held=True)
    refused = metric("inference_dropped_total", reason="refused")
    async with Batcher(squares, LIMITS) as batcher, asyncio.TaskGroup() as group:
        group.create_task(batcher.submit(0, soon()))
        await squares.begun()
        waiting = [group.create_task(batcher.submit(item, soon())) for item in range(8)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as caught:
            await batcher.submit(9, soon())
        squares.release()
    assert caught.value.code == "resource_exhausted"
    assert caught.value.retry_after is not None
    assert metric("inference_dropped_total", reason="refused") == refused + 1
    assert [task.result() for task in waiting] == [item * item for item in range(8)]


async def test_an_expired_item_is_not_computed() -> None:
    squares = Squares(held=True)
    expired = metric("inference_dropped_total", reason="expired")
    async with Batcher(squares, LIMITS) as batcher, asyncio.TaskGroup() as group:
        first = group.create_task(batcher.submit(1, soon()))
        await squares.begun()
        with pytest.raises(Problem, match=r"^deadline_exceeded: "):
            await batcher.submit(7, soon(0.02))
        squares.release()
    assert first.result() == 1
    assert squares.batches == [[1]]
    assert metric("inference_dropped_total", reason="expired") == expired + 1


async def test_a_deadline_holds_while_the_item_is_computed() -> None:
    squares = Squares(held=True)
    async with Batcher(squares, LIMITS) as batcher:
        with pytest.raises(Problem, match=r"^deadline_exceeded: "):
            await batcher.submit(1, soon(0.05))
        squares.release()
        assert await batcher.submit(2, soon()) == 4


async def test_who_left_is_not_computed() -> None:
    squares = Squares(held=True)
    cancelled = metric("inference_dropped_total", reason="cancelled")
    async with Batcher(squares, LIMITS) as batcher, asyncio.TaskGroup() as group:
        group.create_task(batcher.submit(1, soon()))
        await squares.begun()
        leaving = group.create_task(batcher.submit(7, soon()))
        staying = group.create_task(batcher.submit(2, soon()))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0)
        squares.release()
    assert staying.result() == 4
    assert squares.batches == [[1], [2]]
    assert metric("inference_dropped_total", reason="cancelled") == cancelled + 1


async def test_a_bad_item_fails_alone() -> None:
    async with Batcher(Squares(), LIMITS) as batcher:
        answers = await asyncio.gather(
            *(batcher.submit(item, soon()) for item in (2, BAD, 3)),
            return_exceptions=True,
        )
    assert answers[0] == 4
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 9


async def test_a_computation_that_loses_results_fails_its_callers() -> None:
    def none(items: Sequence[int]) -> list[int]:
        del items
        return []

    async with Batcher(none, LIMITS) as batcher:
        with pytest.raises(RuntimeError, match="0 results for 1 items"):
            await batcher.submit(1, soon())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_dead_worker_is_reported() -> None:
    squares = Squares(held=True)
    async with Batcher(squares, LIMITS) as batcher:
        batcher.check()
        dying = asyncio.ensure_future(batcher.submit(FATAL, soon()))
        await squares.begun()
        waiting = asyncio.ensure_future(batcher.submit(1, soon()))
        await asyncio.sleep(0)
        squares.release()
        for caller in (dying, waiting, batcher.submit(2, soon())):
            with pytest.raises(Problem, match=r"^unavailable: "):
                await caller
        with pytest.raises(Problem, match="stopped"):
            batcher.check()


async def test_a_stalled_worker_is_reported_until_it_goes_on() -> None:
    squares = Squares(held=True)
    limits = BatchLimits(max_size=4, max_delay=0, queue_limit=8, stall_after=1)
    async with Batcher(squares, limits) as batcher:
        answer = asyncio.ensure_future(batcher.submit(3, soon()))
        await squares.begun()
        batcher.check()
        await asyncio.sleep(1.2)
        with pytest.raises(Problem, match="busy"):
            batcher.check()
        squares.release()
        assert await answer == 9
        # The next batch shows that the worker has taken note of the end of the last one.
        assert await batcher.submit(4, soon()) == 16
        batcher.check()


async def test_closing_answers_who_waits() -> None:
    squares = Squares(held=True)
    async with Batcher(squares, LIMITS) as batcher:
        answers = [asyncio.ensure_future(batcher.submit(item, soon())) for item in range(6)]
        await squares.begun()
        squares.release()
    assert await asyncio.gather(*answers) == [item * item for item in range(6)]
    with pytest.raises(Problem, match="stopped"):
        await batcher.submit(1, soon())


CALLERS = st.lists(
    st.tuples(
        st.one_of(st.just(BAD), st.integers(0, 1000)),
        st.sampled_from(["patient", "leaves", "hurried"]),
        st.integers(0, 4),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(
    callers=CALLERS,
    max_size=st.integers(1, 8),
    queue_limit=st.integers(1, 16),
    max_delay=st.sampled_from([0.0, 0.001, 0.003]),
)
def test_whoever_comes_and_goes_everyone_gets_their_own(
    callers: list[tuple[int, str, int]],
    max_size: int,
    queue_limit: int,
    max_delay: float,
) -> None:
    """Each caller has an item, a temper, and a millisecond at which it comes."""
    squares = Squares()
    limits = BatchLimits(max_size, max_delay, queue_limit, stall_after=5)

    async def call(batcher: Batcher[int, int], item: int, temper: str, arrival: int) -> None:
        await asyncio.sleep(arrival / 1000)
        outcome: int | str
        try:
            outcome = await batcher.submit(item, soon(0.001 if temper == "hurried" else 5))
        except Problem as problem:
            outcome = problem.code
        except ValueError as error:
            outcome = str(error)
        allowed = {"bad item" if item == BAD else item * item, "resource_exhausted"}
        if temper == "hurried":
            allowed.add("deadline_exceeded")
        assert outcome in allowed

    async def all_call() -> None:
        async with Batcher(squares, limits) as batcher, asyncio.TaskGroup() as group:
            for item, temper, arrival in callers:
                task = group.create_task(call(batcher, item, temper, arrival))
                if temper == "leaves":
                    asyncio.get_running_loop().call_later(0.002, task.cancel)

    asyncio.run(all_call())
    assert all(len(batch) <= max_size for batch in squares.batches)
    assert len(squares.threads) <= 1
