"""Exact ranks of many numbers that are kept in sorted runs.

The ends of all runs tell between which two numbers a rank lies. Only runs that reach into what is
between have to be read: in a few hundred runs of like numbers, one or two in each.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RUN: Final = 512
"""Numbers in a run at most: 4 KiB."""

_KEPT: Final = np.dtype("<f8")


def pack(numbers: Iterable[float]) -> Iterator[tuple[float, float, int, bytes]]:
    """Cut numbers into sorted runs: the lowest, the highest, how many, and the run itself."""
    ranked = np.sort(np.fromiter(numbers, _KEPT))
    for start in range(0, len(ranked), RUN):
        run = ranked[start : start + RUN]
        yield float(run[0]), float(run[-1]), len(run), run.tobytes()


def unpack(runs: Iterable[bytes]) -> Floats:
    """The numbers of runs, one run after the other."""
    return np.frombuffer(b"".join(runs), _KEPT)


@dataclass(frozen=True, slots=True)
class Ranks:
    """Numbers, of which most are in runs that were not read yet.

    Attributes:
        loose: Numbers that are in no run.
        ids: A number for each run, by which it is found again.
        low: The lowest of each run.
        high: The highest of each run.
        count: How many each run has.
    """

    loose: Floats
    ids: NDArray[np.int64]
    low: Floats
    high: Floats
    count: NDArray[np.int64]

    @classmethod
    def of(cls, loose: Sequence[float], runs: Iterable[tuple[int, float, float, int]]) -> Self:
        """From loose numbers and the id, the lowest, the highest and the count of each run."""
        table = np.array(list(runs), np.float64).reshape(-1, 4)
        ids, count = table[:, 0].astype(np.int64), table[:, 3].astype(np.int64)
        return cls(np.asarray(loose, np.float64), ids, table[:, 1], table[:, 2], count)

    @property
    def total(self) -> int:
        """How many numbers there are."""
        return len(self.loose) + int(self.count.sum())

    def wanted(self, ranks: Sequence[int]) -> list[int]:
        """The runs that `at` needs for these ranks; 0 is the rank of the lowest number."""
        return self.ids[self._reaching(ranks) & (self.low < self.high)].tolist()

    def at(self, ranks: Sequence[int], read: Floats) -> list[float]:
        """The numbers of these ranks.

        Args:
            ranks: As given to `wanted`, each below `total`.
            read: The numbers of the runs that were wanted, in any order.
        """
        reaching = self._reaching(ranks)
        # The numbers of such a run are all the same.
        flat = reaching & (self.low == self.high)
        pool = np.concatenate([self.loose, read, np.repeat(self.low[flat], self.count[flat])])
        below = [~reaching & (self.high < self._least(rank)) for rank in ranks]
        at = [rank - int(self.count[runs].sum()) for rank, runs in zip(ranks, below, strict=True)]
        found: list[float] = np.partition(pool, at)[at].tolist()
        return found

    def _reaching(self, ranks: Sequence[int]) -> NDArray[np.bool_]:
        mask = np.zeros(len(self.ids), np.bool_)
        for rank in ranks:
            mask |= (self.high >= self._least(rank)) & (self.low <= self._most(rank))
        return mask

    def _least(self, rank: int) -> float:
        """No number of that rank is below: where all of a run came with its lowest."""
        return self._reached(np.append(self.low, self.loose.min(initial=np.inf)), rank)

    def _most(self, rank: int) -> float:
        """No number of that rank is above: where all of a run came with its highest."""
        return self._reached(np.append(self.high, self.loose.max(initial=-np.inf)), rank)

    def _reached(self, ends: Floats, rank: int) -> float:
        order = np.argsort(ends)
        upto = np.cumsum(np.append(self.count, len(self.loose))[order])
        return float(ends[order[np.searchsorted(upto, rank, side="right")]])
