"""The same request, sent again, runs once (IETF draft-ietf-httpapi-idempotency-key-header)."""

import asyncio
import copy
import hashlib
import json
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, cast

from pydantic_core import to_json
from service_runtime.calls.problem import Code, Problem
from service_runtime.calls.values import Model

TRANSIENT: Final[frozenset[Code]] = frozenset(
    {"unavailable", "deadline_exceeded", "resource_exhausted"}
)
"""Failures that say nothing about the request: the next try runs."""

RETRIED: Final[frozenset[Code]] = TRANSIENT | frozenset[Code]({"internal"})
"""The same for what is tried again by us, not by its caller."""

ENTRY_BYTES: Final = 1024
"""What an entry costs beside its answer: key, fingerprint, its place where it is kept."""

ResultT = TypeVar("ResultT")


_in_order: Final = json.JSONEncoder(sort_keys=True).encode


def request_of(payload: Model) -> bytes:
    """What is asked, for `IdempotencyKeys.once`: the order of members says nothing."""
    # What `model_dump` asks behind its own parameters.
    return _in_order(payload.__pydantic_serializer__.to_python(payload, mode="json")).encode()


@dataclass(slots=True)
class Once(Generic[ResultT]):
    """What is asked, of a call that runs once under its key.

    Attributes:
        request: Gives what is asked, as bytes: the same bytes are the same request.
        output: The type of the outcome, which pydantic can write as JSON and read.
    """

    request: Callable[[], bytes]
    output: type[ResultT]


class IdempotencyKeys(ABC):
    """Remembers outcomes by key, bounded in time and size.

    It protects against the repetitions of a caller that got no answer. Where what is done has to be
    there exactly once, keep the key beside the data, in one transaction.
    """

    @abstractmethod
    async def once(
        self,
        key: str,
        request: bytes,
        output: type[ResultT],
        work: Callable[[], Awaitable[ResultT]],
        transient: frozenset[Code] = TRANSIENT,
    ) -> ResultT:
        """The outcome of `work`, which runs unless it already ran or runs under this key.

        Who comes second waits for the first. When the first leaves nothing to keep (it was
        cancelled, or its failure is `transient`), the next in line runs.

        Args:
            key: The caller's, within what is asked.
            request: What is asked, as bytes: the same bytes are the same request.
            output: The type of what `work` gives.
            work: Does it.
            transient: Codes of failures that are not kept.

        Raises:
            Problem: What `work` raises or raised; `conflict` for another request under the key;
                `unavailable` when it cannot be known whether it ran.
        """


def conflict() -> Problem:
    """What another request under a known key is."""
    return Problem("conflict", "the idempotency key was used with another request")


# Neither is frozen: that makes them dearer with each call.
@dataclass(slots=True)
class _Running:
    fingerprint: bytes
    ended: asyncio.Event | None = None
    """There when somebody waits for it."""


@dataclass(slots=True)
class _Finished:
    fingerprint: bytes
    outcome: object
    size: int
    end: float


class MemoryKeys(IdempotencyKeys):
    """Of one process: it knows nothing of what an earlier one did, or another one does."""

    def __init__(self, ttl: float, capacity: int) -> None:
        """Keep outcomes for `ttl` seconds, `capacity` bytes at most with what keeps them."""
        self._ttl: Final = ttl
        self._capacity: Final = capacity
        self._size = 0
        self._running: Final[dict[str, _Running]] = {}
        # The oldest first: all are kept equally long.
        self._finished: Final[OrderedDict[str, _Finished]] = OrderedDict()

    async def once(
        self,
        key: str,
        request: bytes,
        output: type[ResultT],
        work: Callable[[], Awaitable[ResultT]],
        transient: frozenset[Code] = TRANSIENT,
    ) -> ResultT:
        """As `IdempotencyKeys` has it; an outcome is kept as it is."""
        del output
        fingerprint = hashlib.sha256(request).digest()
        while True:
            finished = self._finished.get(key)
            if finished is not None and time.monotonic() < finished.end:
                _check(finished.fingerprint, fingerprint)
                if isinstance(finished.outcome, Problem):
                    raise copy.copy(finished.outcome)
                return cast("ResultT", finished.outcome)
            first = self._running.get(key)
            if first is None:
                break
            _check(first.fingerprint, fingerprint)
            first.ended = first.ended or asyncio.Event()
            await first.ended.wait()
        running = _Running(fingerprint)
        self._running[key] = running
        try:
            outcome = await work()
        except Problem as problem:
            if problem.code not in transient:
                size = len(to_json(problem.document()))
                self._keep(key, fingerprint, copy.copy(problem), size)
            raise
        else:
            self._keep(key, fingerprint, outcome, len(to_json(outcome, fallback=repr)))
            return outcome
        finally:
            del self._running[key]
            if running.ended is not None:
                running.ended.set()

    def _keep(self, key: str, fingerprint: bytes, outcome: object, size: int) -> None:
        size += ENTRY_BYTES
        if size > self._capacity:
            return
        self._forget(key)
        now = time.monotonic()
        self._finished[key] = _Finished(fingerprint, outcome, size, now + self._ttl)
        self._size += size
        while oldest := next(iter(self._finished.items()), None):
            key, finished = oldest
            if self._size <= self._capacity and finished.end > now:
                break
            self._forget(key)

    def _forget(self, key: str) -> None:
        if finished := self._finished.pop(key, None):
            self._size -= finished.size


def _check(known: bytes, given: bytes) -> None:
    if known != given:
        raise conflict()
