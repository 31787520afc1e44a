"""Dynamic batching: items that arrive close together are computed together.

Callers wait on the event loop, one thread of its own computes. While a batch is computed the next
one gathers, so batches grow by themselves under load.
"""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Self, TypeVar

from prometheus_client import Counter, Gauge, Histogram
from service_runtime.calls.problem import Problem

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

BATCH_SIZE: Final = Histogram(
    "inference_batch_size",
    "Items computed together.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
)
QUEUE_WAIT: Final = Histogram(
    "inference_queue_wait_seconds",
    "Time from the arrival of an item to the start of its batch.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
COMPUTE: Final = Histogram(
    "inference_compute_seconds",
    "Time that a batch took.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
QUEUE_LENGTH: Final = Gauge(
    "inference_queue_length",
    "Items that wait.",
)
DROPPED: Final = Counter(
    "inference_dropped_total",
    "Items that were not computed: refused (queue full), expired or cancelled (by the caller).",
    ["reason"],
)


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much is gathered, and for how long.

    Attributes:
        max_size: Items in a batch at most.
        max_delay: Seconds that the first item of a batch waits for others.
        queue_limit: Items that may wait.
        stall_after: Seconds after which a batch that does not end counts as stalled.
    """

    max_size: int
    max_delay: float
    queue_limit: int
    stall_after: float


@dataclass(slots=True, eq=False)
class _Entry(Generic[ItemT, ResultT]):
    item: ItemT
    answer: asyncio.Future[ResultT]
    deadline: float
    since: float


class Batcher(Generic[ItemT, ResultT]):
    """Gathers items into batches. Use it as an async context manager on the loop of its callers."""

    def __init__(
        self,
        compute: Callable[[Sequence[ItemT]], Sequence[ResultT]],
        limits: BatchLimits,
    ) -> None:
        """Prepare a batcher.

        Args:
            compute: Results of items, one each and in their order; called in one thread only. When
                it raises, each item is computed alone, so that a bad one fails alone.
            limits: How much is gathered, and for how long.
        """
        self._compute: Final = compute
        self._limits: Final = limits
        self._loop: Final = asyncio.get_running_loop()
        self._changed: Final = threading.Condition()
        # Guarded by `_changed`:
        self._queue: Final = deque[_Entry[ItemT, ResultT]]()
        self._running: list[_Entry[ItemT, ResultT]] = []
        self._running_since = 0.0
        self._closing = False
        # A daemon, so that a computation that never ends does not keep the process.
        self._worker: Final = threading.Thread(target=self._work, name="batcher", daemon=True)

    async def __aenter__(self) -> Self:
        self._worker.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Compute what waits, then stop."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        await asyncio.to_thread(self._worker.join, self._limits.stall_after)

    def check(self) -> None:
        """Return when items are being computed.

        Raises:
            Problem: `unavailable`: the worker has died, or a batch does not end.
        """
        with self._changed:
            stopped = self._closing or not self._worker.is_alive()
            elapsed = time.monotonic() - self._running_since if self._running else 0.0
        if stopped:
            raise Problem("unavailable", "the worker of the model has stopped")
        if elapsed > self._limits.stall_after:
            raise Problem("unavailable", f"the model has been busy for {elapsed:.0f} s")

    async def submit(self, item: ItemT, deadline: float) -> ResultT:
        """The result of an item. Who is cancelled while it waits is not computed.

        Args:
            item: What to compute.
            deadline: When the result is no longer wanted, in seconds of `time.monotonic()`.

        Raises:
            Problem: `resource_exhausted` when the queue is full, `deadline_exceeded`, or
                `unavailable` when there is no worker.
            Exception: What the computation raised for this item.
        """
        entry = _Entry[ItemT, ResultT](
            item=item,
            answer=self._loop.create_future(),
            deadline=deadline,
            since=time.monotonic(),
        )
        self._enqueue(entry)
        scope = asyncio.timeout(max(0.0, deadline - entry.since))
        try:
            async with scope:
                return await entry.answer
        except TimeoutError as error:
            if scope.expired():
                raise Problem("deadline_exceeded", "the model did not answer in time") from error
            raise
        finally:
            self._withdraw(entry, "expired" if scope.expired() else "cancelled")

    def _enqueue(self, entry: _Entry[ItemT, ResultT]) -> None:
        with self._changed:
            if self._closing or not self._worker.is_alive():
                raise Problem("unavailable", "the worker of the model has stopped")
            if len(self._queue) >= self._limits.queue_limit:
                DROPPED.labels("refused").inc()
                raise Problem(
                    "resource_exhausted",
                    f"{self._limits.queue_limit} requests already wait for the model",
                    retry_after=1.0,
                )
            self._queue.append(entry)
            QUEUE_LENGTH.set(len(self._queue))
            self._changed.notify()

    def _withdraw(self, entry: _Entry[ItemT, ResultT], reason: str) -> None:
        with self._changed, contextlib.suppress(ValueError):
            self._queue.remove(entry)
            QUEUE_LENGTH.set(len(self._queue))
            DROPPED.labels(reason).inc()

    # What follows runs in the worker, but for `_deliver` and `_abandon`.

    def _work(self) -> None:
        try:
            while batch := self._next_batch():
                outcomes = self._outcomes([entry.item for entry in batch])
                self._on_loop(lambda batch=batch, outcomes=outcomes: _deliver(batch, outcomes))
        finally:
            self._on_loop(self._abandon)

    def _next_batch(self) -> list[_Entry[ItemT, ResultT]]:
        """Wait for items; none when closing."""
        with self._changed:
            self._running = []
            while not self._running:
                self._changed.wait_for(lambda: self._queue or self._closing)
                if not self._queue:
                    break
                due = self._queue[0].since + self._limits.max_delay
                self._changed.wait_for(self._is_full, timeout=due - time.monotonic())
                self._running = self._take()
            self._running_since = time.monotonic()
            return self._running

    def _is_full(self) -> bool:
        return self._closing or len(self._queue) >= self._limits.max_size

    def _take(self) -> list[_Entry[ItemT, ResultT]]:
        now = time.monotonic()
        batch: list[_Entry[ItemT, ResultT]] = []
        while self._queue and len(batch) < self._limits.max_size:
            entry = self._queue.popleft()
            if entry.deadline <= now:
                DROPPED.labels("expired").inc()
            elif entry.answer.done():
                DROPPED.labels("cancelled").inc()
            else:
                QUEUE_WAIT.observe(now - entry.since)
                batch.append(entry)
        QUEUE_LENGTH.set(len(self._queue))
        if batch:
            BATCH_SIZE.observe(len(batch))
        return batch

    def _outcomes(self, items: Sequence[ItemT]) -> Sequence[ResultT | Exception]:
        try:
            with COMPUTE.time():
                results = self._compute(items)
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to the callers)
            if len(items) == 1:
                return [error]
            return [outcome for item in items for outcome in self._outcomes([item])]
        if len(results) != len(items):
            return [RuntimeError(f"{len(results)} results for {len(items)} items")] * len(items)
        return results

    def _on_loop(self, callback: Callable[[], None]) -> None:
        # A closed loop has no callers left.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback)

    def _abandon(self) -> None:
        with self._changed:
            self._closing = True
            entries = [*self._running, *self._queue]
            self._queue.clear()
        for entry in entries:
            if not entry.answer.done():
                problem = Problem("unavailable", "the worker of the model has stopped")
                entry.answer.set_exception(problem)


def _deliver(
    batch: Sequence[_Entry[ItemT, ResultT]],
    outcomes: Sequence[ResultT | Exception],
) -> None:
    for entry, outcome in zip(batch, outcomes, strict=True):
        if entry.answer.done():
            continue
        if isinstance(outcome, Exception):
            entry.answer.set_exception(outcome)
        else:
            entry.answer.set_result(outcome)
