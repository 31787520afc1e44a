"""Notices when something becomes much more frequent than it was.

Time is cut into windows of equal length. The baseline of a window is the median of the counts of
the windows before it: unlike a mean, a short burst does not move it. What is kept is a few numbers
a name. After a restart there is no baseline until some windows have passed, so that a restart is no
spike.

Each replica of the service gets a part of what happens. They add up their counts in the store, and
each judges what all have counted; which of them reports a spike is decided by a row for each name.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from statistics import median
from typing import Final

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ..contract import Observation
from ..store import Store
from .clock import MICROSECONDS, Clock, now
from .tables import RATES, SPIKES

Counts = Mapping[tuple[str, int], int]
"""(name, number of a window) -> observations."""


@dataclass(frozen=True, slots=True)
class SpikeRules:
    """What counts as a spike.

    Attributes:
        window: Seconds.
        history: Windows that make the baseline at most.
        warmup: Windows that make it at least.
        factor: How many times the baseline a count must be. A baseline below one observation in a
            window counts as one.
        min_count: Fewer observations in a window are never a spike.
        cooldown: Seconds after a spike in which the same name has no other.
    """

    window: float
    history: int
    warmup: int
    factor: float
    min_count: int
    cooldown: float


@dataclass(frozen=True, slots=True)
class Spike:
    """A window in which a name was far above its baseline.

    Attributes:
        name: What became more frequent.
        rate: Observations per second in the window, so far.
        baseline: Observations per second that were usual.
        factor: How many times the baseline the rate is.
        window_seconds: Length of the window.
        at: When it was noticed.
    """

    name: str
    rate: float
    baseline: float
    factor: float
    window_seconds: float
    at: datetime


@dataclass(slots=True)
class _Track:
    """Counts of one name by the number of the window, and when it spiked last (epoch seconds)."""

    counts: Counter[int] = field(default_factory=Counter[int])
    spiked: float = -inf


class SpikeDetector:
    """Counts observations by name and window, and compares. All in memory, nothing waits."""

    def __init__(self, rules: SpikeRules, clock: Clock = now) -> None:
        """Begin to count, at the next whole window."""
        self._rules: Final = rules
        self._clock: Final = clock
        self._first: Final = self._window(clock().timestamp()) + 1
        self._current = self._first
        self._tracks: Final = dict[str, _Track]()

    @property
    def names(self) -> int:
        """How many names are watched."""
        return len(self._tracks)

    def observe(self, observations: Sequence[Observation]) -> list[Spike]:
        """Count observations and return the names that spike.

        A spike is reported as soon as its window has enough observations, once: not again while the
        rate stays up, nor before the cool-down is over. An observation counts for the window in
        which it happened, so that a batch that was held up is no spike when it arrives.
        """
        counts = self.count(observations)
        for (name, window), count in counts.items():
            self._track(name).counts[window] += count
        return self._judge_all(counts)

    def count(self, observations: Sequence[Observation]) -> Counter[tuple[str, int]]:
        """Count observations by name and window, without those that no baseline needs any more."""
        self._forget(self._clock().timestamp())
        windows = (
            (each.name, min(self._window(each.time.timestamp()), self._current))
            for each in observations
        )
        oldest = max(self._first, self._current - self._rules.history)
        return Counter(at for at in windows if at[1] >= oldest)

    def compare(self, counts: Counts, totals: Counts) -> list[Spike]:
        """As `observe`, where others count, too.

        Args:
            counts: What this one has counted now.
            totals: What all have counted, of the names in `counts`.
        """
        for (name, window), count in totals.items():
            if window >= self._first:
                self._track(name).counts[window] = count
        return self._judge_all(counts)

    @property
    def oldest(self) -> int:
        """The first window that is still compared with."""
        # A window more than the history: the one before the present is judged, too.
        return self._current - self._rules.history - 1

    @property
    def rules(self) -> SpikeRules:
        """What counts as a spike."""
        return self._rules

    def quiet_until(self, name: str) -> float:
        """The end of the cool-down of a name that has spiked, in epoch seconds."""
        return self._tracks[name].spiked + self._rules.cooldown

    def _track(self, name: str) -> _Track:
        return self._tracks.setdefault(name, _Track())

    def _judge_all(self, counted: Iterable[tuple[str, int]]) -> list[Spike]:
        at = self._clock()
        spikes = [
            self._judge(name, window, at)
            for name, window in sorted(counted)
            if window >= self._current - 1
        ]
        return [spike for spike in spikes if spike is not None]

    def _judge(self, name: str, window: int, at: datetime) -> Spike | None:
        track = self._tracks[name]
        usual = self._excess(track, window)
        if usual is None or self._excess(track, window - 1) is not None:
            return None
        if at.timestamp() - track.spiked < self._rules.cooldown:
            return None
        # The beginning of its window would let one window spike twice.
        track.spiked = max(at.timestamp(), (window + 1) * self._rules.window)
        count = track.counts[window]
        return Spike(
            name=name,
            rate=count / self._rules.window,
            baseline=usual / self._rules.window,
            factor=count / max(usual, 1),
            window_seconds=self._rules.window,
            at=at,
        )

    def _excess(self, track: _Track, window: int) -> float | None:
        """The baseline of a window that is above its threshold; None for every other window."""
        count = track.counts[window]
        length = min(self._rules.history, window - self._first)
        if count < self._rules.min_count or length < self._rules.warmup:
            return None
        usual = median(track.counts[earlier] for earlier in range(window - length, window))
        return usual if count >= self._rules.factor * max(usual, 1) else None

    def _forget(self, time: float) -> None:
        """Drop what no baseline needs any more, once a window."""
        window = self._window(time)
        if window <= self._current:
            return
        self._current = window
        for name, track in list(self._tracks.items()):
            for past in [past for past in track.counts if past < self.oldest]:
                del track.counts[past]
            if not track.counts and time - track.spiked >= self._rules.cooldown:
                del self._tracks[name]

    def _window(self, time: float) -> int:
        return int(time // self._rules.window)


class Spikes:
    """Spikes over all replicas, each of which is reported by one of them."""

    def __init__(self, store: Store, detector: SpikeDetector) -> None:
        """Judge by `detector` what is counted in an open store."""
        self._store: Final = store
        self._detector: Final = detector
        self._swept = 0

    async def observe(self, observations: Sequence[Observation]) -> list[Spike]:
        """As `SpikeDetector.observe`, over what all replicas observe.

        Raises:
            Problem: `unavailable` when the store cannot be written to.
        """
        counts = self._detector.count(observations)
        if not counts:
            return []
        # In one order, so that no two replicas wait for each other.
        rows = [
            {"name": name, "since": self._since(window), "count": count}
            for (name, window), count in sorted(counts.items())
        ]
        async with self._store.write() as connection:
            await connection.execute(self._store.insert_or_add(RATES, "count"), rows)
            totals = await self._totals(connection, {name for name, _ in counts})
            await self._sweep(connection)
            spikes = self._detector.compare(counts, totals)
            return [spike for spike in spikes if await self._claim(connection, spike)]

    async def _totals(self, connection: AsyncConnection, names: set[str]) -> Counts:
        rows = await connection.execute(
            select(RATES.c.name, RATES.c.since, RATES.c.count).where(
                RATES.c.name.in_(sorted(names)),
                RATES.c.since >= self._since(self._detector.oldest),
            )
        )
        length = self._detector.rules.window * MICROSECONDS
        return {(name, round(since / length)): count for name, since, count in rows}

    async def _claim(self, connection: AsyncConnection, spike: Spike) -> bool:
        """Whether it is this replica that reports it: whoever moves the row of the name on."""
        until = int(self._detector.quiet_until(spike.name) * MICROSECONDS)
        row = {"name": spike.name, "quiet_until": until}
        made = await connection.execute(self._store.insert_or_leave(SPIKES), row)
        if made.rowcount:
            return True
        moved = await connection.execute(
            update(SPIKES)
            .values(quiet_until=until)
            .where(
                SPIKES.c.name == spike.name,
                SPIKES.c.quiet_until <= int(spike.at.timestamp() * MICROSECONDS),
            )
        )
        return moved.rowcount > 0

    async def _sweep(self, connection: AsyncConnection) -> None:
        """Remove what is no longer compared with, once a window."""
        if self._detector.oldest <= self._swept:
            return
        self._swept = self._detector.oldest
        for time in (RATES.c.since, SPIKES.c.quiet_until):
            row = tuple(time.table.primary_key)
            old = select(*row).where(time < self._since(self._swept))
            # What another replica is removing is left to it.
            old = tuple_(*row).in_(old.with_for_update(skip_locked=True))
            await connection.execute(delete(time.table).where(old))

    def _since(self, window: int) -> int:
        return round(window * self._detector.rules.window * MICROSECONDS)
