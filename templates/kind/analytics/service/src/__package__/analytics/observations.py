"""Observations in the store.

Questions are answered in SQL, where the data is: rows stay in the database however long the window
is, and only sums come out, most of them of what is counted up already (`service_runtime.rollups`).
What is asked is in the standard, so that any SQL store will do.
"""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from service_runtime.calls.problem import Problem
from service_runtime.rollups import PERIOD, SLICE, total
from sqlalchemy import Column, Subquery, delete, insert, select
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
            counted, combined = ROLLUPS.counted(cover, name), ROLLUPS.combined(cover, name)
            counts = await _counts(connection, counted, order, limit=MAX_NAMES)
            middle = await ROLLUPS.percentiles(connection, cover, list(counts), (50, 95))
            values = await _values(connection, combined, order) if top else {}
        return [
            NameSummary(
                name=each,
                count=count,
                rate=count / window.seconds,
                p50=middle[each][0],
                p95=middle[each][1],
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
            whole = await ROLLUPS.cover(connection, [since, cuts[-1]], PERIOD)
            counted = ROLLUPS.counted(whole, name)
            frequent = await _counts(connection, counted, self._store.collation, limit=names)
            counted = ROLLUPS.counted(await ROLLUPS.cover(connection, cuts, SLICE), name)
            counts = {each: [0] * slots for each in frequent}
            slot = ((counted.c.time - since) // width).label("slot")
            rows = await connection.execute(
                select(counted.c.name, slot, total(counted))
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


async def _counts(
    connection: AsyncConnection, counted: Subquery, order: str, limit: int
) -> dict[str, int]:
    """Name -> observations, the most frequent first."""
    name, count = counted.c.name, total(counted)
    rows = await connection.execute(
        select(name, count).group_by(name).order_by(count.desc(), name.collate(order)).limit(limit)
    )
    return dict[str, int](rows.all())


async def _values(
    connection: AsyncConnection, combined: Subquery, order: str
) -> dict[str, dict[str, Counter[str]]]:
    """Name -> attribute -> value -> observations."""
    name, attributes, count = combined.c.name, combined.c.attributes, total(combined)
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
