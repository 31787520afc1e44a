"""Idempotency keys in a store that replicas share: the same request runs once, on whichever.

Whoever inserts the row of a key runs. The row is leased, by the clock of the database, and the
lease is renewed while the work runs: when a replica dies, the next one runs after the lease. A
replica that cannot renew a lease cancels the work before it ends, so that two run at once only
where a process stood still for as long. Who finds the row of another one looks again, after 100 ms
and then less and less often, until there is an outcome or its own deadline passes; the outcome is
kept as JSON, and read as the type that the work gives.

A key that was taken by work of which nothing is kept (cancelled, a failure of the moment, an
outcome that is too large) is given back at once. Work that was done while the outcome could not be
written down runs again after the lease, when it is asked for again.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Literal, Protocol, Self
from uuid import uuid4

import structlog
from pydantic import Field, TypeAdapter, ValidationError
from service_runtime.calls.idempotency import (
    ENTRY_BYTES,
    TRANSIENT,
    IdempotencyKeys,
    ResultT,
    conflict,
)
from service_runtime.calls.problem import Code, Problem
from service_runtime.server.definition import keys_in_memory
from service_runtime.settings import ServiceSettings
from service_runtime.stores.shared import KEYS, MICROSECONDS, SharedStore
from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError

LOOK_SECONDS: Final = 0.1
"""Between the first two looks at the row of another one; after each it is twice as long."""

LOOK_MOST_SECONDS: Final = 1.0
"""At most between two looks."""

LOOKS: Final = 2
"""At once: the rest of the pool is for those who do not wait for another one."""

SWEEP_ROWS: Final = 1000
"""Rows that are removed in one transaction."""

RENEWALS: Final = 3
"""Of a lease, in its time."""

SWEEP_ROUNDS: Final = 10
"""Renewals between two removals of what is no longer kept."""

_RUNNING: Final = "running"
_SUCCEEDED: Final = "succeeded"
_FAILED: Final = "failed"

_logger = structlog.stdlib.get_logger(__name__)


class KeysSettings(ServiceSettings):
    """Part of the settings of a service with a store that replicas share.

    Attributes:
        idempotency_keys: Where outcomes are kept under their keys: in the `memory` of each replica,
            or in the `store`, which all share and which outlives them.
        idempotency_lease_seconds: Seconds after which a request whose replica died may run again.
    """

    idempotency_keys: Literal["memory", "store"] = "memory"
    idempotency_lease_seconds: float = Field(default=10, ge=1, le=3600)


class Stored(Protocol):
    """The resources of a service with such a store."""

    @property
    def store(self) -> SharedStore:
        """The database."""
        ...


@asynccontextmanager
async def open_keys(settings: KeysSettings, resources: Stored) -> AsyncGenerator[IdempotencyKeys]:
    """Remember outcomes where the settings say; on leaving, write down what is left to be."""
    if settings.idempotency_keys == "memory":
        async with keys_in_memory(settings, resources) as keys:
            yield keys
        return
    async with StoreKeys.open(
        resources.store,
        ttl=settings.idempotency_ttl_seconds,
        capacity=settings.idempotency_max_bytes,
        lease=settings.idempotency_lease_seconds,
    ) as keys:
        yield keys


@dataclass(slots=True, eq=False)
class _Claim:
    """What a row says of a run, and whose turn it is to change it.

    Attributes:
        lease: Its end cancels the work.
        settled: Nobody has to give the key back.
    """

    key: str
    fingerprint: str
    owner: str
    lease: asyncio.Timeout
    settled: bool = False


class StoreKeys(IdempotencyKeys):
    """Outcomes in a table that all replicas of a service share."""

    def __init__(self, store: SharedStore, *, ttl: float, capacity: int, lease: float) -> None:
        """Use an open store; `open` also renews leases.

        Args:
            store: The database.
            ttl: Seconds for which an outcome is kept.
            capacity: Bytes of all outcomes with what keeps them, after each removal.
            lease: Seconds for which a key is taken, unless the lease is renewed.
        """
        self._store: Final = store
        self._ttl: Final = round(ttl * MICROSECONDS)
        self._capacity: Final = capacity
        self._lease: Final = lease
        self._looks: Final = asyncio.Semaphore(LOOKS)
        # By their owners.
        self._running: Final[dict[str, _Claim]] = {}
        self._pending: Final[set[asyncio.Task[None]]] = set()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, store: SharedStore, *, ttl: float, capacity: int, lease: float
    ) -> AsyncGenerator[Self]:
        """Renew leases and remove what is old until this is left; finish what is to be written."""
        keys = cls(store, ttl=ttl, capacity=capacity, lease=lease)
        left = asyncio.Event()
        task = asyncio.create_task(keys._keep_on(left), name="idempotency keys")
        try:
            yield keys
        finally:
            # Not cancelled: a connection that is just being opened would be left behind.
            left.set()
            await asyncio.gather(task, *keys._pending)

    async def once(
        self,
        key: str,
        request: bytes,
        output: type[ResultT],
        work: Callable[[], Awaitable[ResultT]],
        transient: frozenset[Code] = TRANSIENT,
    ) -> ResultT:
        """As `IdempotencyKeys` has it; on whichever replica."""
        name = hashlib.sha256(key.encode()).hexdigest()
        fingerprint = hashlib.sha256(request).hexdigest()
        while True:
            # From now, and so not beyond what the database is about to write.
            lease = asyncio.timeout(self._lease)
            claim = _Claim(name, fingerprint, uuid4().hex, lease)
            try:
                async with lease:
                    if await self._claim(claim):
                        return await self._run(claim, output, work, transient)
            except TimeoutError:
                if not lease.expired():
                    raise
                raise _unavailable() from None
            finally:
                if not claim.settled:
                    self._begin(self._release(claim))
            row = await self._end_of(claim)
            if row is not None:
                return _read(row.state, row.outcome, output)

    async def sweep(self) -> None:
        """Remove what is no longer kept, a few rows at a time, and the oldest beyond the size."""
        await self._remove(KEYS.c.until <= self._store.now)
        latest = func.sum(KEYS.c.size).over(order_by=(KEYS.c.until.desc(), KEYS.c.key))
        kept = select(KEYS.c.key, latest.label("total")).where(KEYS.c.state != _RUNNING).subquery()
        excess = select(kept.c.key).where(kept.c.total > self._capacity)
        await self._remove(KEYS.c.key.in_(excess))

    async def _claim(self, claim: _Claim) -> bool:
        """Whether the key is this run's: nobody has it, or who had it is dead or forgotten."""
        row = {
            "fingerprint": claim.fingerprint,
            "owner": claim.owner,
            "state": _RUNNING,
            "until": self._until(),
            "outcome": "",
            "size": 0,
        }
        insert = self._store.insert_or_leave(KEYS).values(key=claim.key, **row)
        over = (KEYS.c.key == claim.key, KEYS.c.until <= self._store.now)
        try:
            async with self._store.write() as connection:
                taken = (await connection.execute(insert)).rowcount > 0
                if not taken:
                    update_over = update(KEYS).where(*over).values(row)
                    taken = (await connection.execute(update_over)).rowcount > 0
        except Problem:
            # The store is away: there is nothing to give back, or no way to do it.
            claim.settled = True
            raise
        claim.settled = not taken
        return taken

    async def _end_of(self, claim: _Claim) -> Row[str, str, str] | None:
        """State and outcome of the run that has the key; None when there is none any more.

        Raises:
            Problem: `conflict` when something else is asked under the key.
        """
        columns = (KEYS.c.state, KEYS.c.outcome, KEYS.c.fingerprint)
        live = (KEYS.c.key == claim.key, KEYS.c.until > self._store.now)
        wait = LOOK_SECONDS
        while True:
            async with self._looks, self._store.read() as connection:
                row = (await connection.execute(select(*columns).where(*live))).one_or_none()
            if row is not None and row.fingerprint != claim.fingerprint:
                raise conflict()
            if row is None or row.state != _RUNNING:
                return row
            await asyncio.sleep(wait)
            wait = min(2 * wait, LOOK_MOST_SECONDS)

    async def _run(
        self,
        claim: _Claim,
        output: type[ResultT],
        work: Callable[[], Awaitable[ResultT]],
        transient: frozenset[Code],
    ) -> ResultT:
        self._running[claim.owner] = claim
        try:
            result = await work()
        except Problem as problem:
            if problem.code not in transient:
                await self._keep(claim, _FAILED, _written(problem))
            raise
        finally:
            del self._running[claim.owner]
        try:
            text = TypeAdapter(output).dump_json(result, by_alias=True, warnings="error").decode()
        except ValueError:
            # Not only that of another type: also what has itself in it.
            _logger.exception("an outcome is no JSON of its type and is not kept")
            return result
        await self._keep(claim, _SUCCEEDED, text)
        return result

    async def _keep(self, claim: _Claim, state: str, text: str) -> None:
        """Write down what came of a run, and wait for it; cancelled, it is written nevertheless."""
        size = len(text.encode()) + ENTRY_BYTES
        if size > self._capacity:
            return
        claim.settled = True
        # What was done is done: from here on no end of a lease undoes it.
        if not claim.lease.expired():
            claim.lease.reschedule(None)
        values = {
            "state": state,
            "outcome": text,
            "size": size,
            "until": self._store.now + self._ttl,
        }
        await asyncio.shield(self._begin(self._write(claim, values)))

    async def _write(self, claim: _Claim, values: dict[str, Any]) -> None:
        try:
            async with self._store.write() as connection:
                write = update(KEYS).where(*_of(claim)).values(values)
                if not (await connection.execute(write)).rowcount:
                    _logger.error("an outcome is not kept: the lease was over, another run has it")
        except (Problem, SQLAlchemyError):
            _logger.exception("an outcome is not kept: the request runs again when it comes again")

    async def _release(self, claim: _Claim) -> None:
        try:
            async with self._store.write() as connection:
                await connection.execute(delete(KEYS).where(*_of(claim)))
        except (Problem, SQLAlchemyError):
            _logger.exception("an idempotency key is not given back before its lease ends")

    def _begin(self, writing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(writing)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        return task

    async def _keep_on(self, left: asyncio.Event) -> None:
        for turn in count():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._lease / RENEWALS):
                    await left.wait()
            if left.is_set():
                return
            try:
                await self._renew()
                if turn % SWEEP_ROUNDS == 0:
                    await self.sweep()
            except Exception:
                # Whatever it was, it may be over by the next time.
                _logger.exception("leases of idempotency keys are not renewed")

    async def _renew(self) -> None:
        """Move the ends of all leases on, and cancel the work of those that are lost."""
        running = dict(self._running)
        if not running:
            return
        end = asyncio.get_running_loop().time() + self._lease
        which = (
            KEYS.c.key.in_([claim.key for claim in running.values()]),
            KEYS.c.owner.in_(list(running)),
        )
        renewal = update(KEYS).where(*which).values(until=self._until()).returning(KEYS.c.owner)
        async with self._store.write() as connection:
            renewed = set(await connection.scalars(renewal))
        for owner in running.keys() & self._running.keys():
            lease = running[owner].lease
            if not lease.expired():
                lease.reschedule(end if owner in renewed else 0)

    async def _remove(self, which: ColumnElement[bool]) -> None:
        removed = SWEEP_ROWS
        while removed == SWEEP_ROWS:
            # What another replica is removing or takes over is left to it.
            some = select(KEYS.c.key).where(which).limit(SWEEP_ROWS)
            statement = delete(KEYS).where(KEYS.c.key.in_(some.with_for_update(skip_locked=True)))
            async with self._store.write() as connection:
                removed = (await connection.execute(statement)).rowcount

    def _until(self) -> ColumnElement[int]:
        return self._store.now + round(self._lease * MICROSECONDS)


def _of(claim: _Claim) -> tuple[ColumnElement[bool], ...]:
    """The row of a run, as long as it is that of the run."""
    return KEYS.c.key == claim.key, KEYS.c.owner == claim.owner


def _written(problem: Problem) -> str:
    return json.dumps(
        {
            "code": problem.code,
            "detail": problem.detail,
            "errors": problem.errors,
            "retry_after": problem.retry_after,
        }
    )


def _read(state: str, text: str, output: type[ResultT]) -> ResultT:
    if state == _FAILED:
        kept = json.loads(text)
        code, detail = kept.pop("code"), kept.pop("detail")
        raise Problem(code, detail, **kept)
    try:
        return TypeAdapter(output).validate_json(text)
    except ValidationError as error:
        # Of another version of the service. To run again would be once too often.
        raise Problem("internal", "the outcome kept under the key cannot be read") from error


def _unavailable() -> Problem:
    return Problem("unavailable", "the idempotency key could not be held", retry_after=1.0)
