"""Notices when something becomes much more frequent than it was.

Time is cut into windows of equal length. The baseline of a window is the median of the counts of
the windows before it: unlike a mean, a short burst does not move it. What is kept is a few numbers
a name, in memory only: after a restart there is no baseline until some windows have passed, so
that a restart is no spike.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from statistics import median
from typing import Final

from ..contract import Observation
from .clock import Clock, now


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
        at = self._clock()
        self._forget(at.timestamp())
        touched = dict[str, set[int]]()
        for observation in observations:
            window = min(self._window(observation.time.timestamp()), self._current)
            if window >= max(self._first, self._current - self._rules.history):
                track = self._tracks.setdefault(observation.name, _Track())
                track.counts[window] += 1
                touched.setdefault(observation.name, set()).add(window)
        spikes = [
            self._judge(name, window, at)
            for name, windows in touched.items()
            for window in sorted(windows)
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
        # A window more than the history: the one before the present is judged, too.
        oldest = window - self._rules.history - 1
        for name, track in list(self._tracks.items()):
            for past in [past for past in track.counts if past < oldest]:
                del track.counts[past]
            if not track.counts and time - track.spiked >= self._rules.cooldown:
                del self._tracks[name]

    def _window(self, time: float) -> int:
        return int(time // self._rules.window)
