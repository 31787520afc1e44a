"""Answers in parts: asked for as calls are, given to a topic of their own."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from service_runtime.calls.problem import Problem
from service_runtime.transports import Host, streams
from service_runtime.transports.kafka.calls import REPLY_TO, Calls, limit
from service_runtime.transports.kafka.connection import (
    ClientOptions,
    administration,
    let_go,
    patiently,
    reason,
)
from service_runtime.transports.kafka.delivery import Delivery, message_of
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.sender import Sender
from service_runtime.transports.kafka.spans import processing
from service_runtime.transports.kafka.topics import check_topic
from service_runtime.transports.messages import (
    CORRELATION_ID,
    DecodingError,
    Message,
    Request,
    read_request,
)
from service_runtime.transports.signatures import Signatures
from service_runtime.transports.streams import READER, Asked, Reader, StreamAnswers, refuse

_POLL_MS: Final = 250

_BESIDE: Final = 1024
"""Bytes of a record beside its lines."""

_logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Reader(Reader):
    """One of the gateways that read a topic."""

    id: str
    topic: str
    sender: Sender
    signatures: Signatures

    @property
    def largest(self) -> int:
        return self.sender.max_bytes - _BESIDE

    async def send(self, record: Message) -> None:
        # One key, one partition, one order; what is lost on the way is seen by the numbers.
        signed = record.signed(self.signatures, self.topic)
        await self.sender.put(self.topic, self.id.encode(), signed)


class Parts:
    """Runs what is asked for, and hears of its readers on a topic that each process reads.

    Attributes:
        trouble: Why nothing is heard of readers, or `""`.
    """

    def __init__(
        self,
        host: Host,
        names: Names,
        sender: Sender,
        signatures: Signatures,
        options: ClientOptions,
    ) -> None:
        """Serve a service; what is answered at once, too."""
        self._host: Final = host
        self._names: Final = names
        self._sender: Final = sender
        self._signatures: Final = signatures
        self._calls: Final = Calls(host, names, sender, signatures)
        self._options: Final = options
        self._answers: Final = StreamAnswers(host, (KafkaError,))
        self._listening: Final = asyncio.Event()
        # Not what the intake waits for: what comes under the same key need not wait for its end.
        self._taken: Final[set[asyncio.Task[None]]] = set()
        self.trouble = "Kafka has not answered yet"

    async def handle(self, delivery: Delivery) -> None:
        """Begin to answer, or answer a call."""
        if not self._answers.concerns(delivery.message):
            await self._calls.handle(delivery)
            return
        task = asyncio.create_task(self._take(delivery))
        self._taken.add(task)
        task.add_done_callback(self._taken.discard)

    async def listen(self) -> None:
        """Hear what gateways say, from when a broker answers until it is cancelled."""
        while True:
            consumer = await patiently("to hear of readers", self._join, self._fail)
            self.trouble = ""
            self._listening.set()
            try:
                while True:
                    batches = await consumer.getmany(timeout_ms=_POLL_MS)
                    for record in (record for records in batches.values() for record in records):
                        self._hear(record)
            except KafkaError as error:
                self._listening.clear()
                self._fail(error)
            finally:
                await let_go(consumer.stop())

    async def settled(self) -> None:
        """Return when all that was taken is answered."""
        while self._taken:
            await asyncio.wait(self._taken)

    async def cut(self) -> None:
        """End what still runs."""
        for task in self._taken:
            task.cancel()
        await asyncio.gather(*self._taken, return_exceptions=True)
        await self._answers.close()

    def _fail(self, error: BaseException) -> None:
        self.trouble = f"{self._names.control} cannot be read: {reason(error)}"

    async def _join(self) -> AIOKafkaConsumer:
        async with administration(self._options) as admin:
            await check_topic(admin, self._names.control)
        consumer = AIOKafkaConsumer(**self._options, group_id=None, enable_auto_commit=False)
        place = TopicPartition(self._names.control, 0)
        try:
            await consumer.start()
            consumer.assign([place])
            ends = await consumer.end_offsets([place])
            consumer.seek(place, ends[place])
        except BaseException:
            await let_go(consumer.stop())
            raise
        return consumer

    def _hear(self, record: ConsumerRecord) -> None:
        message = message_of(record)
        if self._signatures.verify(record.topic, message.headers, message.body):
            self._answers.hear(message)

    async def _take(self, delivery: Delivery) -> None:
        try:
            await self._answer(delivery)
        except KafkaError:
            _logger.exception("an answer could not begin", origin=delivery.origin)
        finally:
            delivery.done()

    async def _answer(self, delivery: Delivery) -> None:
        headers = delivery.message.headers
        call = headers.get(CORRELATION_ID, "")
        topic = headers.get(REPLY_TO, self._names.parts)
        reader = _Reader(headers.get(READER, ""), topic, self._sender, self._signatures)

        async def accept() -> None:
            delivery.done()

        with suppress(TimeoutError):
            async with asyncio.timeout(streams.SILENCE):
                await self._listening.wait()
        try:
            # Not ahead of the wait, in which its time goes by.
            request = self._read(delivery)
            if request.expired:
                _logger.info("a call came too late", operation=request.operation.name)
                return
            with processing(delivery.topic, self._names.callers, request.incoming) as incoming:
                asked = replace(request, incoming=incoming)
                await self._answers.answer(Asked(asked, call, reader, accept, self._names.control))
        except DecodingError as error:
            await self._calls.bury(delivery, str(error))
            if error.answer is not None:
                await refuse(reader, call, error.answer)
        except Problem as problem:
            await refuse(reader, call, problem)

    def _read(self, delivery: Delivery) -> Request:
        request = read_request(
            delivery.topic, delivery.message, self._answers.operations, self._signatures
        )
        limit(delivery.message, self._host.settings.max_body_bytes)
        if not (request.expired or self._listening.is_set()):
            raise Problem("unavailable", self.trouble)
        return request
