"""What is counted up of whole periods, so that a long window is answered without its observations.

A period is counted up once it is over. Whoever adds or removes observations of it later removes
what was counted up, in the same transaction; it is counted up again soon. So what is counted up is
always what the observations would give, and answers take the rest of a window from those.

Who changes a period does not wait until it is counted up. A claim says that it is being done;
whoever changes the period meanwhile removes the claim, and the result is thrown away. A claim is
made when nobody is in the middle of a change, who would not have seen it: it waits for changes
that are under way, and those that come after it wait for both.
"""

import uuid
from array import array
from collections import defaultdict
from collections.abc import Mapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from anyio import to_thread
from service_runtime.ranks import Ranks, pack, unpack
from service_runtime.stores.sql import RowNumber, Store
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Double,
    LargeBinary,
    String,
    Subquery,
    Table,
    Text,
    and_,
    cast,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

SLICE: Final = 30_000_000
"""In microseconds, as all times here."""

PERIOD: Final = 10 * SLICE

_LATE: Final = 2 * SLICE
"""A period is over when it ended so long ago: most of what comes late has come."""

_HELD: Final = "periods"
"""Held together by who changes observations, alone by who claims a period."""

_ROWS: Final = 1000
"""Rows that are taken from the database at once."""

_TERMS: Final = 200
"""Terms of a condition: databases bound how deep one may be, at 1000 where it is least."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What of a stretch of time is counted up in units that no cut goes through, and the rest.

    Attributes:
        since: The beginning of the first unit that may be counted up.
        until: The end of the last one.
        split: The beginnings of units that a cut goes through.
        rest: The parts that are not counted up, as beginning and end.
    """

    since: int
    until: int
    split: AbstractSet[int]
    rest: Sequence[tuple[int, int]]

    def counted(self, unit: Column[int]) -> ColumnElement[bool]:
        """Whether a row of what is counted up is in it, by the beginning of its period or slice."""
        return and_(unit >= self.since, unit < self.until, unit.not_in(sorted(self.split)))

    def observed(self, time: Column[int]) -> Sequence[ColumnElement[bool]]:
        """Whether an observation is in a part of the rest, by its time; one condition at least."""
        within = [and_(time >= since, time < until) for since, until in self.rest]
        parts = [within[start : start + _TERMS] for start in range(0, len(within), _TERMS)]
        return [or_(*part) for part in parts] or [false()]


class Rollups:
    """What is counted up of a table of observations.

    Attributes:
        periods: The periods that are counted up, by their beginning, or claimed for it.
        counts: How many observations each slice of a period has of each name.
        combinations: How many observations a period has of each name with the same attributes.
        runs: The values of a period by name, in sorted runs (`service_runtime.ranks`).
    """

    def __init__(self, observations: Table) -> None:
        """Of a table with `name`, `time`, `value`, `attributes`; migrations make those of this."""
        self._observations: Final = observations
        metadata = observations.metadata

        def column(name: str, of: type[TypeEngine[Any]]) -> Column[Any]:
            return Column(name, of, nullable=False)

        def period() -> Column[int]:
            return Column("period", BigInteger, nullable=False, index=True)

        def name() -> Column[str]:
            return Column("name", String(200), nullable=False)

        self.periods: Final = Table(
            "periods",
            metadata,
            Column("period", BigInteger, primary_key=True, autoincrement=False),
            # Who is counting it up; none when it is done.
            Column("claim", String(32), nullable=True),
        )
        self.counts: Final = Table(
            "counts",
            metadata,
            period(),
            Column("since", BigInteger, nullable=False, index=True),
            name(),
            column("count", BigInteger),
        )
        self.combinations: Final = Table(
            "combinations",
            metadata,
            period(),
            name(),
            column("attributes", Text),
            column("count", BigInteger),
        )
        self.runs: Final = Table(
            "runs",
            metadata,
            Column("id", RowNumber, primary_key=True),
            period(),
            name(),
            column("low", Double),
            column("high", Double),
            column("count", BigInteger),
            column("numbers", LargeBinary),
        )

    async def cover(self, connection: AsyncConnection, cuts: Sequence[int], unit: int) -> Cover:
        """What is counted up between the first and the last of some moments.

        Args:
            connection: Sees what is counted up.
            cuts: The moments, sorted; a unit that has one inside is not taken as counted up.
            unit: `PERIOD` or `SLICE`.
        """
        first, last = -(-cuts[0] // unit) * unit, cuts[-1] // unit * unit
        split = {cut - cut % unit for cut in cuts if cut % unit}
        period = self.periods.c.period
        within = and_(self._done, period > first - PERIOD, period < last)
        rest: list[tuple[int, int]] = []
        edge = cuts[0]
        for start in await connection.scalars(select(period).where(within).order_by(period)):
            for each in range(max(start, first), min(start + PERIOD, last), unit):
                if each not in split:
                    if edge < each:
                        rest.append((edge, each))
                    edge = each + unit
        if edge < cuts[-1]:
            rest.append((edge, cuts[-1]))
        return Cover(first, last, split, rest)

    def counted(self, cover: Cover, name: str | None) -> Subquery:
        """Rows of `name`, `time` and `count`: of slices, and of single observations in the rest.

        Args:
            cover: The stretch of time.
            name: Only this name.
        """
        counts, since = self.counts.c, self.counts.c.since
        return self._with_rest(cover, name, since, [counts.name, since.label("time"), counts.count])

    def combined(self, cover: Cover, name: str | None) -> Subquery:
        """Rows of `name`, `attributes` and `count`, as `counted` has them; of whole periods."""
        of = self.combinations.c
        return self._with_rest(cover, name, of.period, [of.name, of.attributes, of.count])

    def _with_rest(
        self, cover: Cover, name: str | None, unit: Column[int], columns: Sequence[Any]
    ) -> Subquery:
        seen = self._observations.c
        known = select(*columns).where(cover.counted(unit))
        other = seen[str(columns[1].key)]
        rest = select(seen.name, other, literal(1, BigInteger))
        if name is not None:
            known, rest = known.where(columns[0] == name), rest.where(seen.name == name)
        return known.union_all(*map(rest.where, cover.observed(seen.time))).subquery()

    async def percentiles(
        self,
        connection: AsyncConnection,
        cover: Cover,
        names: Sequence[str],
        percents: Sequence[int],
    ) -> dict[str, Sequence[float | None]]:
        """Name -> percentiles of its values, between two values by their distance (type 7).

        None for a name without values. Source: Hyndman and Fan, "Sample Quantiles in
        Statistical Packages", 1996; what `numpy` does.
        """
        runs, seen = self.runs.c, self._observations.c
        loose = defaultdict[str, MutableSequence[float]](lambda: array("d"))
        for part in cover.observed(seen.time):
            some = await self._values(connection, and_(seen.name.in_(names), part))
            for name, values in some.items():
                loose[name].extend(values)
        ends = select(runs.name, runs.id, runs.low, runs.high, runs.count)
        ends = ends.where(runs.name.in_(names), cover.counted(runs.period))
        kept = defaultdict[str, list[tuple[int, float, float, int]]](list)
        for name, at, low, high, count in (await connection.execute(ends)).all():
            kept[name].append((at, low, high, count))
        # One name after the other: the values of all may be too many at once.
        return {
            name: await self._between(
                connection, Ranks.of(loose.get(name, ()), kept[name]), percents
            )
            for name in names
        }

    async def _between(
        self, connection: AsyncConnection, ranks: Ranks, percents: Sequence[int]
    ) -> Sequence[float | None]:
        if not ranks.total:
            return [None] * len(percents)
        # Ranks in hundredths: p percent of the way to the last one is p * last / 100, in integers.
        hundredths = [(ranks.total - 1) * percent for percent in percents]
        around = [rank for each in hundredths for rank in (each // 100, (each + 99) // 100)]
        wanted = await to_thread.run_sync(ranks.wanted, around)
        read: list[bytes] = []
        for start in range(0, len(wanted), _ROWS):
            some = self.runs.c.id.in_(wanted[start : start + _ROWS])
            read += await connection.scalars(select(self.runs.c.numbers).where(some))
        found = await to_thread.run_sync(ranks.at, around, unpack(read))
        return [
            low + (high - low) * (each % 100) / 100
            for each, low, high in zip(hundredths, found[::2], found[1::2], strict=True)
        ]

    async def _values(
        self, connection: AsyncConnection, where: ColumnElement[bool]
    ) -> Mapping[str, Sequence[float]]:
        """Name -> values of observations, in any order."""
        table = self._observations
        query = select(table.c.name, table.c.value).where(where, table.c.value.is_not(None))
        values = defaultdict[str, MutableSequence[float]](lambda: array("d"))
        async for rows in (await connection.stream(query)).partitions(_ROWS):
            for name, value in rows:
                values[name].append(value)
        return values

    async def forget(
        self, store: Store, connection: AsyncConnection, which: ColumnElement[bool]
    ) -> None:
        """To be called before observations change: what is counted up of their periods is removed.

        Args:
            store: Where they are.
            connection: That of the change.
            which: Whether a row of `periods` is one of theirs.
        """
        await store.hold(connection, _HELD, alone=False)
        period = self.periods.c.period
        # In one order, so that no two wait for each other.
        query = select(period).where(which).order_by(period).with_for_update()
        if gone := list(await connection.scalars(query)):
            for table in (self.periods, self.counts, self.combinations, self.runs):
                await connection.execute(delete(table).where(table.c.period.in_(gone)))

    async def count_up(self, store: Store, since: int, now: int) -> int | None:
        """Count up the first period that is over, not counted up, and begins at `since` or later.

        Returns:
            Where to go on; None when there is no such period.
        """
        async with store.read() as connection:
            period = await self._next(connection, -(-since // PERIOD) * PERIOD, now - _LATE)
        if period is None:
            return None
        claim, this = uuid.uuid4().hex, self.periods.c.period == period
        async with store.write() as connection:
            await store.hold(connection, _HELD, alone=True)
            # Of one who did not come to an end, or who comes second then.
            await connection.execute(delete(self.periods).where(this, ~self._done))
            row = {"period": period, "claim": claim}
            claimed = await connection.execute(store.insert_or_leave(self.periods), row)
        if claimed.rowcount:
            async with store.read() as connection:
                values = await self._values(connection, self._within(period))
            runs = await to_thread.run_sync(_runs, period, values)
            async with store.write() as connection:
                mine = update(self.periods).values(claim=None)
                done = await connection.execute(mine.where(this, self.periods.c.claim == claim))
                if done.rowcount:
                    await self._keep(connection, period, runs)
        return period + PERIOD

    @property
    def _done(self) -> ColumnElement[bool]:
        return self.periods.c.claim.is_(None)

    async def _next(self, connection: AsyncConnection, since: int, until: int) -> int | None:
        period, time = self.periods.c.period, self._observations.c.time
        query = select(period).where(self._done, period >= since)
        done = set(await connection.scalars(query))
        within = time < until - until % PERIOD
        while True:
            while since in done:
                since += PERIOD
            first = await connection.scalar(select(func.min(time)).where(time >= since, within))
            if first is None:
                return None
            since = first - first % PERIOD
            if since not in done:
                return since

    def _within(self, period: int) -> ColumnElement[bool]:
        time = self._observations.c.time
        return and_(time >= period, time < period + PERIOD)

    async def _keep(
        self, connection: AsyncConnection, period: int, runs: Sequence[Mapping[str, Any]]
    ) -> None:
        """Count up in the database, where the rows stay, and add the runs."""
        seen = self._observations.c
        since = (seen.time - seen.time % SLICE).label("since")
        for table, by in (
            (self.counts, (since, seen.name)),
            (self.combinations, (seen.name, seen.attributes)),
        ):
            rows = select(literal(period, BigInteger), *by, func.count())
            rows = rows.where(self._within(period)).group_by(*by)
            names = ["period", *(each.key for each in by), "count"]
            await connection.execute(insert(table).from_select(names, rows))
        if runs:
            await connection.execute(insert(self.runs), runs)


def total(counted: Subquery) -> ColumnElement[int]:
    """The sum of `count`: in some databases a sum of integers is a decimal number."""
    return cast(func.sum(counted.c.count), BigInteger)


def _runs(period: int, values: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    names = ("period", "name", "low", "high", "count", "numbers")
    return [
        dict(zip(names, (period, name, *run), strict=True))
        for name, unsorted in values.items()
        for run in pack(unsorted)
    ]
