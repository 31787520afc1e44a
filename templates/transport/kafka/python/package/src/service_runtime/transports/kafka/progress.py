"""Which records of a partition are done, when they are not done in their order."""

import json
from dataclasses import dataclass, field
from typing import Final, Self

MARK_LIMIT: Final = 4000
"""Characters of a mark: brokers keep 4096 beside an offset (`offset.metadata.max.bytes`)."""


@dataclass(slots=True)
class Mark:
    """What is kept beside a committed offset, relative to it.

    Attributes:
        done: Records behind the offset that are done all the same.
        tries: How often records have been begun that are not done.
    """

    done: set[int] = field(default_factory=set[int])
    tries: dict[int, int] = field(default_factory=dict[int, int])

    def __str__(self) -> str:
        if not self.done and not self.tries:
            return ""
        text = json.dumps({"done": _ranges(self.done), "tries": list(self.tries.items())})
        return text if len(text) <= MARK_LIMIT else ""

    @classmethod
    def read(cls, text: str) -> Self:
        """The mark in a string; an empty one when there is none in it."""
        try:
            found = json.loads(text)
            done = {number for first, last in found["done"] for number in range(first, last + 1)}
            return cls(done, {int(offset): int(tries) for offset, tries in found["tries"]})
        except (ValueError, TypeError, KeyError):
            return cls()


class Progress:
    """The records of one partition: taken, begun, done.

    Records of different keys end in any order. What is committed is the first that is not done;
    a mark beside it names those behind it that are, so that nothing runs twice after a restart.
    """

    def __init__(self, committed: int | None = None, mark: str = "") -> None:
        """Go on behind what is committed."""
        self._behind: int | None = committed
        self._open: Final[dict[int, None]] = {}
        self._done: Final[set[int]] = set()
        self._tries: Final[dict[int, int]] = {}
        self.learn(mark)

    def learn(self, mark: str) -> None:
        """Take over what another process noted beside the same offset."""
        base = self.position
        if base is None:
            return
        read = Mark.read(mark)
        self._done.update(base + offset for offset in read.done)
        for offset, tries in read.tries.items():
            self._tries.setdefault(base + offset, tries)

    @property
    def position(self) -> int | None:
        """The first record that is not done, or None when none has been seen."""
        return next(iter(self._open), self._behind)

    @property
    def behind(self) -> int | None:
        """Behind the last record that was taken."""
        return self._behind

    @property
    def pending(self) -> int:
        """How many records are taken and not done."""
        return len(self._open)

    def take(self, offset: int) -> bool:
        """Whether this record is to be done; False when it is or was already."""
        if offset in self._open or (self._behind is not None and offset < self._behind):
            return False
        self._behind = offset + 1
        if offset in self._done:
            self._tidy()
            return False
        self._open[offset] = None
        return True

    def begin(self, offset: int) -> int:
        """Note that a record is tried. Returns which try it is, from 1."""
        self._tries[offset] = self._tries.get(offset, 0) + 1
        return self._tries[offset]

    def undo(self, offset: int) -> None:
        """Note that a try was broken off, by no fault of the record."""
        self._tries[offset] -= 1

    def tries(self, offset: int) -> int:
        """How often a record has been begun."""
        return self._tries.get(offset, 0)

    def finish(self, offset: int) -> None:
        """Note that a record is done."""
        self._open.pop(offset, None)
        self._tries.pop(offset, None)
        self._done.add(offset)
        self._tidy()

    def release(self) -> None:
        """Let what is taken and not done be taken again."""
        self._behind = self.position
        self._open.clear()

    def finish_all(self) -> None:
        """Let what is taken count as done."""
        self._open.clear()
        self._tries.clear()

    def mark(self) -> str:
        """What to keep beside `position`."""
        base = self.position
        if base is None:
            return ""
        done = {offset - base for offset in self._done if offset > base}
        tries = {o - base: n for o, n in self._tries.items() if o >= base and n > 0}
        return str(Mark(done, tries))

    def _tidy(self) -> None:
        position = self.position
        if position is not None:
            self._done.difference_update([done for done in self._done if done < position])


def _ranges(numbers: set[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges
