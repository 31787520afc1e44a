"""One record, for who does what it says."""

import asyncio
from dataclasses import dataclass, field
from typing import Final, Protocol

from aiokafka import ConsumerRecord
from service_runtime.transports.kafka.progress import Progress
from service_runtime.transports.messages import Message


class LostError(Exception):
    """The partition belongs to another process by now, or this one is stopping."""


@dataclass(slots=True)
class Partition:
    """A partition that this process was given.

    Attributes:
        progress: Which of its records are done.
        lost: Set when nothing new may be begun.
        last: By key, who does the last record that was taken.
        tasks: Whoever does records.
        kept: What was committed last.
    """

    progress: Progress
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    last: dict[bytes, asyncio.Task[None]] = field(default_factory=dict[bytes, asyncio.Task[None]])
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    kept: tuple[int, str] | None = None


class Keeper(Protocol):
    """Has the broker keep what is noted."""

    def changed(self) -> None:
        """Something is noted: it is to be kept before long."""
        ...

    async def kept(self) -> None:
        """Return when all that is noted by now is kept."""
        ...


class Delivery:
    """A record and its place.

    Attributes:
        topic: Where it was.
        key: Its key, or None.
        origin: `topic/partition/offset`.
        message: Headers by lower-case names, and the body.
        tries: How often it had been begun before, by whichever process.
    """

    def __init__(self, record: ConsumerRecord, partition: Partition, keeper: Keeper) -> None:
        self._partition: Final = partition
        self._keeper: Final = keeper
        self._offset: Final = record.offset
        self.topic: Final = record.topic
        self.key: Final = record.key
        self.origin: Final = f"{record.topic}/{record.partition}/{record.offset}"
        self.message: Final = message_of(record)
        self.tries: Final = partition.progress.tries(record.offset)

    def check(self) -> None:
        """Return when it may be begun.

        Raises:
            LostError: It is no longer ours to begin.
        """
        if self._partition.lost.is_set():
            raise LostError

    async def begin(self) -> int:
        """Have the broker keep that it is begun: what kills its process is known again.

        Returns:
            Which try this is, from 1.

        Raises:
            LostError: It is no longer ours to begin.
        """
        self.check()
        tries = self._partition.progress.begin(self._offset)
        await self._keeper.kept()
        if self._partition.lost.is_set():
            self.undo()
            raise LostError
        return tries

    async def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            LostError: It is no longer ours; at once.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._partition.lost.wait()
        except TimeoutError:
            return
        raise LostError

    def undo(self) -> None:
        """Take `begin` back: what broke it off was no fault of the record."""
        self._partition.progress.undo(self._offset)
        self._keeper.changed()

    def done(self) -> None:
        """Note that nobody need do it again."""
        self._partition.progress.finish(self._offset)
        self._keeper.changed()


def message_of(record: ConsumerRecord) -> Message:
    """What a record says; Kafka has headers without a value, which say nothing."""
    headers = {
        name.lower(): value.decode(errors="replace")
        for name, value in record.headers
        if value is not None
    }
    return Message(headers, record.value or b"")
