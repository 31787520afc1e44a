"""What is sent to the broker, once and in order."""

import asyncio
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    UnknownProducerId,
)
from aiokafka.partitioner import DefaultPartitioner
from service_runtime.transports.kafka.connection import ClientOptions, let_go, patiently, reason
from service_runtime.transports.messages import Message

_PAUSE_SECONDS: Final = 0.25
_BATCH_BYTES: Final = 256 * 1024
_LOST_PLACE: Final = (InvalidProducerEpoch, OutOfOrderSequenceNumber, UnknownProducerId)
"""The broker has not taken a message, for it does not come behind the producer's last one."""

_KNOWN_KEYS: Final = 4096

_logger = structlog.stdlib.get_logger(__name__)
_partitioner: Final = DefaultPartitioner()


@dataclass(frozen=True, slots=True)
class Sending:
    """A message in its place.

    Attributes:
        producer: Who sends it.
        safe: As `Sender.put` gives it.
    """

    producer: AIOKafkaProducer
    safe: asyncio.Future[object]


class Sender:
    """An idempotent producer: all replicas in sync have what it has sent, nothing is there twice.

    A message waits for a broker that is away, in order; cancel what cannot wait. What a producer
    gives up, because the broker was away for too long, leaves a hole in its sequence, and the
    broker takes nothing more from it: after a failure there is another producer.

    Attributes:
        max_bytes: Of the largest message.
    """

    def __init__(self, options: ClientOptions, max_bytes: int) -> None:
        """Send messages of at most `max_bytes`."""
        self._options: Final = options
        self.max_bytes: Final = max_bytes
        self._connecting: Final = asyncio.Lock()
        self._producer: AIOKafkaProducer | None = None
        self._closed = False
        self._ending: Final[set[asyncio.Task[None]]] = set()

    async def send(self, topic: str, key: bytes | None, message: Message) -> None:
        """Send a message; return when it is safe.

        Raises:
            MessageSizeTooLargeError: It is larger than topics take.
            KafkaError: The broker refuses it, or has not answered for too long.
        """
        while True:
            try:
                future = await self.put(topic, key, message)
            except MessageSizeTooLargeError:
                raise
            except KafkaError:
                if self._closed:
                    raise
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            try:
                await future
            except _LOST_PLACE:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return

    async def put(self, topic: str, key: bytes | None, message: Message) -> asyncio.Future[object]:
        """Put a message in its place in the order.

        Returns:
            Done when the message is safe. Fails with a `KafkaError` when that is not known; what
            was put behind it may fail, too, and goes behind it again.

        Raises:
            MessageSizeTooLargeError: It is larger than topics take.
            KafkaError: It was not taken; the same holds.
        """
        return (await self.put_behind(None, topic, key, message)).safe

    async def put_behind(
        self, before: Sending | None, topic: str, key: bytes | None, message: Message
    ) -> Sending:
        """Put a message in its place, behind another one also where the producer is a new one.

        Raises:
            MessageSizeTooLargeError: As `put`.
            KafkaError: As `put`, also of the one before.
        """
        headers = [(name, value.encode()) for name, value in message.headers.items()]
        producer = await self._connected()
        if before is not None and before.producer is not producer:
            # The former one sends what it has at the same time.
            await asyncio.shield(before.safe)
        try:
            future = await producer.send(topic, value=message.body, key=key, headers=headers)
        except MessageSizeTooLargeError:
            raise
        except KafkaError:
            self._replace(producer)
            raise
        future.add_done_callback(partial(self._settled, producer))
        return Sending(producer, future)

    async def connect(self) -> None:
        """Find the broker, however long that takes."""
        await self._connected()

    async def close(self) -> None:
        """Send what waits, if that takes no more than some seconds, and let go."""
        self._closed = True
        producer, self._producer = self._producer, None
        if producer is not None:
            await let_go(producer.stop())
        for ending in self._ending:
            ending.cancel()

    def _settled(self, producer: AIOKafkaProducer, future: asyncio.Future[object]) -> None:
        if not future.cancelled() and future.exception() is not None:
            self._replace(producer)

    def _replace(self, producer: AIOKafkaProducer) -> None:
        """Use a producer no more. What it still has is sent, or fails, within its own time."""
        if self._producer is producer:
            self._producer = None
            ending = asyncio.create_task(self._end(producer))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _end(self, producer: AIOKafkaProducer) -> None:
        try:
            await producer.stop()
        except (KafkaError, OSError) as error:
            _logger.debug("a producer did not end well", error=reason(error))

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        async with self._connecting:
            if self._closed:
                # What comes now would begin another one, which nobody ends.
                raise ProducerClosed
            if self._producer is None:
                self._producer = await patiently("to send", self._start)
            return self._producer

    async def _start(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._options,
            acks="all",
            partitioner=partition_of,
            enable_idempotence=True,
            # The broker takes a batch as it takes a message: no larger than that.
            max_batch_size=min(_BATCH_BYTES, self.max_bytes),
            max_request_size=self.max_bytes,
        )
        try:
            await producer.start()
        except BaseException:
            await let_go(producer.stop())
            raise
        return producer


def partition_of(key: bytes | None, partitions: list[int], available: list[int]) -> int:
    """Where a key goes: as aiokafka and the Java client have it."""
    if key is None:
        return _partitioner(key, partitions, available)
    if len(partitions) == 1:
        return partitions[0]
    return _known(key, tuple(partitions))


@lru_cache(_KNOWN_KEYS)
def _known(key: bytes, partitions: tuple[int, ...]) -> int:
    # The hash is Python's to compute, and all parts of an answer have one key.
    return _partitioner(key, partitions, partitions)
