"""Observations in the store.

Questions are answered in SQL, where the data is: rows stay in the database however long the window
is, and only sums come out, most of them of what is counted up already (`service_runtime.rollups`).
What is asked is in the standard, so that any SQL store will do.
"""

import hashlib
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from anyio import to_thread
from service_runtime.calls.problem import Problem
from service_runtime.ranks import Ranks, unpack
from service_runtime.rollups import PERIOD, SLICE, Cover
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Subquery,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ..contract import NameSummary, Observation, TopValue
from ..store import Store
from .clock import MICROSECONDS, Clock, now, to_micros
from .tables import BATCHES, OBSERVATIONS, ROLLUPS

MAX_NAMES: Final = 100
"""Names in a summary at most, the most frequent."""

MAX_COMBINATIONS: Final = 10_000
"""Distinct sets of attributes that top values are counted from, the most frequent."""

SWEEP_ROWS: Final = 10_000
"""Rows that are removed in one transaction, and those of the same microsecond as the last."""

READ_RUNS: Final = 1000
"""Runs of values that are read with one query."""

KEY_HOURS: Final = 24
"""Hours for which the key of a batch is known: a retry comes within minutes."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept.

    Attributes:
        age: Older observations are removed.
        count: So many are kept, the latest.
    """

    age: timedelta
    count: int


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` (which belongs to it) to `until` (which does not)."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True)
class Series:
    """Counts over time.

    Attributes:
        window: The time that is covered.
        slots: Number of equal parts into which it is cut.
        counts: Name -> observations in each part; the most frequent name first.
    """

    window: Window
    slots: int
    counts: Mapping[str, Sequence[int]]


class Observations:
    """Keeps observations and answers questions about them."""

    def __init__(self, store: Store, retention: Retention, clock: Clock = now) -> None:
        """Use an open store."""
        self._store: Final = store
        self._retention: Final = retention
        self._clock: Final = clock

    async def add(self, observations: Sequence[Observation], key: str) -> bool:
        """Keep a batch, all of it or nothing.

        Args:
            observations: The batch. A time that is still to come is taken as now.
            key: Idempotency key: a batch under a known key is not kept again. `""`: no key.

        Returns:
            False when the key was known.

        Raises:
            Problem: `unavailable` when the store cannot be written to, `invalid_argument` for a
                name with U+0000 in it, which not every store keeps.
        """
        for observation in observations:
            _check(observation.name)
        received = to_micros(self._clock())
        batch = {
            "key": hashlib.sha256((key or uuid.uuid4().hex).encode()).hexdigest(),
            "received": received,
        }
        rows: list[dict[str, Any]] = [
            {
                "name": observation.name,
                "time": min(to_micros(observation.time), received),
                "value": observation.value,
                "attributes": _canonical(observation.attributes),
            }
            for observation in observations
        ]
        try:
            async with self._store.write() as connection:
                await connection.execute(insert(BATCHES), batch)
                periods = {row["time"] - row["time"] % PERIOD for row in rows}
                theirs = ROLLUPS.periods.c.period.in_(sorted(periods))
                await ROLLUPS.forget(self._store, connection, theirs)
                await connection.execute(insert(OBSERVATIONS), rows)
        except IntegrityError:
            # The key is the only thing that can collide.
            return False
        return True

    def window(self, seconds: float) -> Window:
        """The window of that length that ends now."""
        # What happens in this very microsecond belongs to it.
        until = self._clock() + timedelta(microseconds=1)
        return Window(since=until - timedelta(seconds=seconds), until=until)

    async def summary(
        self,
        window: Window,
        *,
        name: str | None = None,
        attribute: str | None = None,
        top: int = 5,
    ) -> list[NameSummary]:
        """What is known of each name in a window, the most frequent first.

        Args:
            window: The time that is asked about.
            name: Only this name.
            attribute: The only attribute whose top values are wanted.
            top: Number of values of an attribute.
        """
        _check(name or "")
        cuts = [to_micros(window.since), to_micros(window.until)]
        async with self._store.read() as connection:
            cover = await ROLLUPS.cover(connection, cuts, PERIOD)
            order = self._store.collation
            counts = await _counts(connection, _counted(cover, name), order, limit=MAX_NAMES)
            percentiles = await _percentiles(connection, cover, list(counts))
            values = await _values(connection, cover, name, order) if top else {}
        return [
            NameSummary(
                name=each,
                count=count,
                rate=count / window.seconds,
                p50=percentiles[each][0],
                p95=percentiles[each][1],
                top=_top(values.get(each, {}), attribute, top),
            )
            for each, count in counts.items()
        ]

    async def series(
        self,
        window: Window,
        *,
        name: str | None = None,
        slots: int,
        names: int,
    ) -> Series:
        """Counts over time of the most frequent names.

        Args:
            window: The time that is covered.
            name: Only this name.
            slots: Number of equal parts to cut it into.
            names: Number of names at most.
        """
        _check(name or "")
        since, width = to_micros(window.since), int(window.seconds * MICROSECONDS) // slots
        cuts = [*(since + slot * width for slot in range(slots)), to_micros(window.until)]
        async with self._store.read() as connection:
            whole = _counted(await ROLLUPS.cover(connection, [since, cuts[-1]], PERIOD), name)
            frequent = await _counts(connection, whole, self._store.collation, limit=names)
            counted = _counted(await ROLLUPS.cover(connection, cuts, SLICE), name)
            counts = {each: [0] * slots for each in frequent}
            slot = ((counted.c.time - since) // width).label("slot")
            rows = await connection.execute(
                select(counted.c.name, slot, _sum(counted))
                .where(counted.c.name.in_(list(counts)))
                .group_by(counted.c.name, slot)
            )
            for each, index, count in rows:
                # What division leaves over belongs to the last part.
                counts[each][min(index, slots - 1)] += count
        return Series(window=window, slots=slots, counts=counts)

    async def sweep(self) -> int:
        """Remove what is no longer kept.

        Returns:
            The number of observations that were removed.
        """
        now = self._clock()
        time = OBSERVATIONS.c.time
        await self._remove(BATCHES.c.received, to_micros(now - timedelta(hours=KEY_HOURS)))
        async with self._store.read() as connection:
            # Observations of the same microsecond stay or go together.
            oldest = await connection.scalar(
                select(time).order_by(time.desc()).offset(self._retention.count - 1).limit(1)
            )
        return await self._remove(time, max(self._oldest(), oldest or 0))

    async def count_up(self, since: int = 0) -> int | None:
        """Count up a period, as `Rollups.count_up` does."""
        since = max(since, self._oldest())
        return await ROLLUPS.count_up(self._store, since, to_micros(self._clock()))

    def _oldest(self) -> int:
        return to_micros(self._clock() - self._retention.age)

    async def _remove(self, time: Column[int], before: int) -> int:
        """Remove rows of a table, a few at a time: what is written meanwhile does not wait."""
        removed = 0
        while True:
            async with self._store.write() as connection:
                first = select(time).where(time < before).order_by(time)
                last = await connection.scalar(first.offset(SWEEP_ROWS - 1).limit(1))
                part, until = (time < before, before) if last is None else (time <= last, last + 1)
                if time.table is OBSERVATIONS:
                    theirs = ROLLUPS.periods.c.period < until
                    await ROLLUPS.forget(self._store, connection, theirs)
                removed += (await connection.execute(delete(time.table).where(part))).rowcount
            if last is None:
                return removed


def _canonical(attributes: Mapping[str, str]) -> str:
    return json.dumps(attributes, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _check(name: str) -> None:
    if "\0" in name:
        raise Problem("invalid_argument", "a name cannot have U+0000 in it")


def _counted(cover: Cover, name: str | None) -> Subquery:
    """Name, time and count: of slices that are counted up, of single observations in the rest."""
    counts, one = ROLLUPS.counts.c, literal(1, BigInteger)
    known = select(counts.name, counts.since.label("time"), counts.count)
    known = known.where(cover.counted(counts.since))
    seen = select(OBSERVATIONS.c.name, OBSERVATIONS.c.time, one)
    seen = seen.where(cover.observed(OBSERVATIONS.c.time))
    if name is not None:
        known = known.where(counts.name == name)
        seen = seen.where(OBSERVATIONS.c.name == name)
    return known.union_all(seen).subquery()


def _sum(counted: Subquery) -> ColumnElement[int]:
    # A sum of integers is a decimal number in some databases.
    return cast(func.sum(counted.c.count), BigInteger)


async def _counts(
    connection: AsyncConnection, counted: Subquery, order: str, limit: int
) -> dict[str, int]:
    """Name -> observations, the most frequent first."""
    name, count = counted.c.name, _sum(counted)
    rows = await connection.execute(
        select(name, count).group_by(name).order_by(count.desc(), name.collate(order)).limit(limit)
    )
    return dict[str, int](rows.all())


async def _percentiles(
    connection: AsyncConnection, cover: Cover, names: Sequence[str]
) -> dict[str, tuple[float | None, float | None]]:
    """Name -> p50 and p95 of the values, between two values by their distance (type 7).

    Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996; what `numpy` does.
    """
    runs, name = ROLLUPS.runs.c, OBSERVATIONS.c.name
    within = and_(name.in_(names), cover.observed(OBSERVATIONS.c.time))
    loose = await ROLLUPS.values(connection, within)
    ends = select(runs.name, runs.id, runs.low, runs.high, runs.count)
    ends = ends.where(runs.name.in_(names), cover.counted(runs.period))
    kept = defaultdict[str, list[tuple[int, float, float, int]]](list)
    for each, at, low, high, count in (await connection.execute(ends)).all():
        kept[each].append((at, low, high, count))
    # One name after the other: the values of all may be too many at once.
    return {
        each: await _median_and_95th(connection, Ranks.of(loose.get(each, ()), kept[each]))
        for each in names
    }


async def _median_and_95th(
    connection: AsyncConnection, ranks: Ranks
) -> tuple[float | None, float | None]:
    if not ranks.total:
        return None, None
    # Ranks in hundredths: p percent of the way to the last one is p * last / 100, in integers.
    hundredths = [(ranks.total - 1) * percent for percent in (50, 95)]
    around = [rank for each in hundredths for rank in (each // 100, (each + 99) // 100)]
    wanted = await to_thread.run_sync(ranks.wanted, around)
    read: list[bytes] = []
    for start in range(0, len(wanted), READ_RUNS):
        some = ROLLUPS.runs.c.id.in_(wanted[start : start + READ_RUNS])
        read += await connection.scalars(select(ROLLUPS.runs.c.numbers).where(some))
    found = await to_thread.run_sync(ranks.at, around, unpack(read))
    low50, high50, low95, high95 = found
    return (
        _between(low50, high50, hundredths[0] % 100),
        _between(low95, high95, hundredths[1] % 100),
    )


def _between(low: float, high: float, hundredths: int) -> float:
    return low + (high - low) * hundredths / 100


async def _values(
    connection: AsyncConnection, cover: Cover, only: str | None, order: str
) -> dict[str, dict[str, Counter[str]]]:
    """Name -> attribute -> value -> observations."""
    known, seen = ROLLUPS.combinations.c, OBSERVATIONS.c
    of = [cover.counted(known.period)], [cover.observed(seen.time)]
    if only is not None:
        of = [*of[0], known.name == only], [*of[1], seen.name == only]
    one = literal(1, BigInteger)
    counted = (
        select(known.name, known.attributes, known.count)
        .where(*of[0])
        .union_all(select(seen.name, seen.attributes, one).where(*of[1]))
        .subquery()
    )
    name, attributes, count = counted.c.name, counted.c.attributes, _sum(counted)
    rows = await connection.execute(
        select(name, attributes, count)
        .group_by(name, attributes)
        .order_by(count.desc(), name.collate(order), attributes.collate(order))
        .limit(MAX_COMBINATIONS)
    )
    values = dict[str, dict[str, Counter[str]]]()
    for name, attributes, times in rows:
        for attribute, value in json.loads(attributes).items():
            values.setdefault(name, {}).setdefault(attribute, Counter())[value] += times
    return values


def _top(
    values: Mapping[str, Counter[str]],
    attribute: str | None,
    limit: int,
) -> list[TopValue]:
    return [
        TopValue(attribute=each, value=value, count=count)
        for each, counter in sorted(values.items())
        if attribute in (None, each)
        for value, count in sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:limit]
    ]
