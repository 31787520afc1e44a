"""What is sent to the broker, once and in order."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from service_runtime.transports.kafka.connection import ClientOptions, let_go, patiently
from service_runtime.transports.messages import Message


class Sender:
    """An idempotent producer: all replicas in sync have what it has sent, nothing is there twice.

    It tries until the broker is back, in order; who cannot wait cancels.
    """

    def __init__(self, options: ClientOptions, max_bytes: int) -> None:
        """Send messages of at most `max_bytes`."""
        self._options: Final = options
        self._max_bytes: Final = max_bytes
        self._connecting: Final = asyncio.Lock()
        self._producer: AIOKafkaProducer | None = None

    async def send(self, topic: str, key: bytes | None, message: Message) -> None:
        """Send a message; return when it is safe.

        Raises:
            MessageSizeTooLargeError: It is larger than topics take.
            KafkaError: The broker refuses it, and would do so again.
        """
        while True:
            try:
                future = await self.put(topic, key, message)
            except MessageSizeTooLargeError:
                raise
            except KafkaError:
                continue
            await future
            return

    async def put(self, topic: str, key: bytes | None, message: Message) -> asyncio.Future[object]:
        """Put a message in its place in the order. The future is done when it is safe.

        Raises:
            MessageSizeTooLargeError: It is larger than topics take.
            KafkaError: The producer sends nothing more, and what it had may be lost: put that again
                first. The next one is another one.
        """
        headers = [(name, value.encode()) for name, value in message.headers.items()]
        producer = await self._connected()
        try:
            return await producer.send(topic, value=message.body, key=key, headers=headers)
        except MessageSizeTooLargeError:
            raise
        except KafkaError:
            # A producer whose sequence the broker has lost sends nothing more: a new one does.
            await self._discard(producer)
            raise

    async def connect(self) -> None:
        """Find the broker, however long that takes."""
        await self._connected()

    async def close(self) -> None:
        """Send what waits, if that takes no more than some seconds, and let go."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await let_go(producer.stop())

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                self._producer = await patiently("to send", self._start)
            return self._producer

    async def _start(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._options,
            acks="all",
            enable_idempotence=True,
            max_batch_size=256 * 1024,
            max_request_size=self._max_bytes,
        )
        try:
            await producer.start()
        except BaseException:
            await let_go(producer.stop())
            raise
        return producer

    async def _discard(self, producer: AIOKafkaProducer) -> None:
        async with self._connecting:
            if self._producer is not producer:
                return
            # First it sends what it still can: the next one begins behind it.
            await let_go(producer.stop())
            self._producer = None
            await asyncio.sleep(0.25)
