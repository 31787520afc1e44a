"""Observations in the store.

Questions are answered in SQL, where the data is: rows stay in the database however long the window
is, and only sums come out. What is asked is in the standard (window functions, SQL:2003), so that
any SQL store will do.
"""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Column, ColumnElement, case, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ..contract import NameSummary, Observation, TopValue
from ..store import Store
from .clock import MICROSECONDS, Clock, now, to_micros
from .tables import BATCHES, OBSERVATIONS

MAX_NAMES: Final = 100
"""Names in a summary at most, the most frequent."""

MAX_COMBINATIONS: Final = 10_000
"""Distinct sets of attributes that top values are counted from, the most frequent."""

SWEEP_ROWS: Final = 10_000
"""Rows that are removed in one transaction, and those of the same microsecond as the last."""

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
            Problem: `unavailable` when the store cannot be written to.
        """
        received = to_micros(self._clock())
        batch = {
            "key": hashlib.sha256((key or uuid.uuid4().hex).encode()).hexdigest(),
            "received": received,
        }
        rows = [
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
        where = _within(window, name)
        async with self._store.read() as connection:
            order = self._store.collation
            counts = await _counts(connection, where, order, limit=MAX_NAMES)
            percentiles = await _percentiles(connection, where)
            values = await _values(connection, where, order) if top else {}
        return [
            NameSummary(
                name=each,
                count=count,
                rate=count / window.seconds,
                p50=percentiles.get(each, (None, None))[0],
                p95=percentiles.get(each, (None, None))[1],
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
        where = _within(window, name)
        since, width = to_micros(window.since), int(window.seconds * MICROSECONDS) // slots
        slot = ((OBSERVATIONS.c.time - since) // width).label("slot")
        async with self._store.read() as connection:
            frequent = await _counts(connection, where, self._store.collation, limit=names)
            counts = {each: [0] * slots for each in frequent}
            rows = await connection.execute(
                select(OBSERVATIONS.c.name, slot, func.count())
                .where(*where, OBSERVATIONS.c.name.in_(list(counts)))
                .group_by(OBSERVATIONS.c.name, slot)
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
        return await self._remove(time, max(to_micros(now - self._retention.age), oldest or 0))

    async def _remove(self, time: Column[int], before: int) -> int:
        """Remove rows of a table, a few at a time: what is written meanwhile does not wait."""
        removed = 0
        while True:
            async with self._store.write() as connection:
                first = select(time).where(time < before).order_by(time)
                last = await connection.scalar(first.offset(SWEEP_ROWS - 1).limit(1))
                part = time < before if last is None else time <= last
                removed += (await connection.execute(delete(time.table).where(part))).rowcount
            if last is None:
                return removed


def _canonical(attributes: Mapping[str, str]) -> str:
    return json.dumps(attributes, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _within(window: Window, name: str | None) -> list[ColumnElement[bool]]:
    where = [
        OBSERVATIONS.c.time >= to_micros(window.since),
        OBSERVATIONS.c.time < to_micros(window.until),
    ]
    if name is not None:
        where.append(OBSERVATIONS.c.name == name)
    return where


async def _counts(
    connection: AsyncConnection,
    where: Sequence[ColumnElement[bool]],
    order: str,
    limit: int,
) -> dict[str, int]:
    """Name -> observations, the most frequent first."""
    count = func.count()
    rows = await connection.execute(
        select(OBSERVATIONS.c.name, count)
        .where(*where)
        .group_by(OBSERVATIONS.c.name)
        .order_by(count.desc(), OBSERVATIONS.c.name.collate(order))
        .limit(limit)
    )
    return dict[str, int](rows.all())


async def _percentiles(
    connection: AsyncConnection,
    where: Sequence[ColumnElement[bool]],
) -> dict[str, tuple[float, float]]:
    """Name -> p50 and p95 of the values, between two values by their distance (type 7).

    Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996; what `numpy` does.
    """
    name, value = OBSERVATIONS.c.name, OBSERVATIONS.c.value
    ranked = (
        select(
            name,
            value,
            (func.row_number().over(partition_by=name, order_by=value) - 1).label("rank"),
            (func.count().over(partition_by=name) - 1).label("last"),
        )
        .where(*where, value.is_not(None))
        .subquery()
    )

    def at(rank: ColumnElement[int]) -> ColumnElement[float]:
        return func.max(case((ranked.c.rank == rank, ranked.c.value)))

    # Ranks in hundredths: p percent of the way to the last one is p * last / 100, in integers.
    last = ranked.c.last
    rows = await connection.execute(
        select(
            ranked.c.name,
            func.max(last),
            at(last * 50 // 100),
            at((last * 50 + 99) // 100),
            at(last * 95 // 100),
            at((last * 95 + 99) // 100),
        ).group_by(ranked.c.name)
    )
    return {
        each: (
            _between(low50, high50, count * 50 % 100),
            _between(low95, high95, count * 95 % 100),
        )
        for each, count, low50, high50, low95, high95 in rows
    }


def _between(low: float, high: float, hundredths: int) -> float:
    return low + (high - low) * hundredths / 100


async def _values(
    connection: AsyncConnection,
    where: Sequence[ColumnElement[bool]],
    order: str,
) -> dict[str, dict[str, Counter[str]]]:
    """Name -> attribute -> value -> observations."""
    count = func.count()
    rows = await connection.execute(
        select(OBSERVATIONS.c.name, OBSERVATIONS.c.attributes, count)
        .where(*where)
        .group_by(OBSERVATIONS.c.name, OBSERVATIONS.c.attributes)
        .order_by(
            count.desc(),
            OBSERVATIONS.c.name.collate(order),
            OBSERVATIONS.c.attributes.collate(order),
        )
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
