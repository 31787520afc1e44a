"""Idempotency keys in the memory of this process."""

import asyncio
import copy
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, cast

from pydantic_core import to_json
from service_runtime.calls.idempotency import (
    ENTRY_BYTES,
    TRANSIENT,
    IdempotencyKeys,
    ResultT,
    conflict,
)
from service_runtime.calls.problem import Code, Problem


@dataclass(frozen=True, slots=True)
class _Running:
    fingerprint: bytes
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class _Finished:
    fingerprint: bytes
    outcome: object
    size: int
    end: float


class MemoryKeys(IdempotencyKeys):
    """Knows nothing of what an earlier process did, or another one does."""

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
                return await self._run(key, fingerprint, work, transient)
            _check(first.fingerprint, fingerprint)
            await first.ended.wait()

    async def _run(
        self,
        key: str,
        fingerprint: bytes,
        work: Callable[[], Awaitable[ResultT]],
        transient: frozenset[Code],
    ) -> ResultT:
        running = _Running(fingerprint)
        self._running[key] = running
        try:
            output = await work()
        except Problem as problem:
            if problem.code not in transient:
                size = len(to_json(problem.document()))
                self._keep(key, fingerprint, copy.copy(problem), size)
            raise
        else:
            self._keep(key, fingerprint, output, len(to_json(output, fallback=repr)))
            return output
        finally:
            del self._running[key]
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
