"""Answers in parts: asked for on the queue of calls, given as answers to calls are."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import structlog
from aio_pika import Message as AmqpMessage
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from service_runtime.calls.problem import Problem
from service_runtime.transports import Host, messages
from service_runtime.transports.messages import DecodingError, Message
from service_runtime.transports.rabbitmq.broker import Broker
from service_runtime.transports.rabbitmq.calls import REPLIES
from service_runtime.transports.rabbitmq.limits import check_request
from service_runtime.transports.rabbitmq.session import LOST, Session
from service_runtime.transports.rabbitmq.wire import received, sent
from service_runtime.transports.signatures import Signatures
from service_runtime.transports.streams import READER, Asked, Reader, StreamAnswers, refuse

DIRECT: Final = f"{REPLIES}."
"""What the queue of a direct reply-to begins with, of which no broker says whether it is there:
until 4.2 it returns what it has delivered, and since then nothing."""

_logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Reader(Reader):
    """A gateway that reads a queue of its own."""

    id: str
    queue: str
    session: Session
    signatures: Signatures

    async def send(self, record: Message) -> None:
        await self.session.reply(self.queue, self._signed(record))

    async def offer(self, record: Message) -> None:
        # A gateway that is gone holds no place until it is not heard.
        if self.queue.startswith(DIRECT):
            await self.send(record)
        else:
            await self.session.offer(self.queue, self._signed(record))

    def _signed(self, record: Message) -> AmqpMessage:
        return sent(record.signed(self.signatures, REPLIES), persistent=False)


class Parts:
    """Runs what is asked for, and hears of its readers on a queue of this process."""

    def __init__(self, host: Host, broker: Broker, requests: str, signatures: Signatures) -> None:
        """Serve a service.

        Args:
            host: The service.
            broker: Where dead letters go.
            requests: The queue of calls.
            signatures: Sign what is sent, and know who may send.
        """
        self._host: Final = host
        self._broker: Final = broker
        self._requests: Final = requests
        self._signatures: Final = signatures
        self._answers: Final = StreamAnswers(host, LOST)
        # Of the connection: gone with it, so that a gateway notices.
        self._control = ""

    async def listen(self, connection: AbstractConnection) -> AbstractChannel:
        """Hear what gateways say; before anything is asked for on the connection."""
        channel = await connection.channel(publisher_confirms=False)
        self._control = f"{self._requests}.{uuid4().hex}"
        queue = await channel.declare_queue(self._control, exclusive=True)
        await queue.consume(self._hear, no_ack=True)
        return channel

    def concerns(self, message: Message) -> bool:
        """Whether a request is for an answer in parts."""
        return self._answers.concerns(message)

    async def take(
        self, session: Session, delivery: AbstractIncomingMessage, message: Message
    ) -> None:
        """Answer a request; what cannot be read goes to the dead letters, too.

        It is acknowledged when who asked is known to wait for the answer: a process that is gone
        before leaves it to another one.

        Args:
            session: Over which it came, and over which it is answered.
            delivery: As it came.
            message: The same, read.
        """
        try:
            await self._answer(session, delivery, message)
        except LOST as error:
            _logger.warning("an answer could not begin", why=repr(error))
            return
        if not delivery.processed:
            with suppress(*LOST):
                await delivery.ack()

    async def close(self) -> None:
        """Let go of what has not left."""
        await self._answers.close()

    async def _answer(
        self, session: Session, delivery: AbstractIncomingMessage, message: Message
    ) -> None:
        call = delivery.correlation_id or ""
        name = message.headers.get(READER, "")
        reader = _Reader(name, delivery.reply_to or "", session, self._signatures)
        try:
            request = messages.read_request(
                self._requests, message, self._answers.operations, self._signatures
            )
            if request.expired:
                _logger.info("a call came too late", operation=request.operation.name)
                return
            check_request(message, self._host.settings.max_body_bytes)
            await self._answers.answer(Asked(request, call, reader, delivery.ack, self._control))
        except DecodingError as error:
            await self._broker.bury(message, delivery, tries=1, error=f"undecodable: {error}")
            if error.answer is not None:
                await refuse(reader, call, error.answer)
        except Problem as problem:
            await refuse(reader, call, problem)

    async def _hear(self, delivery: AbstractIncomingMessage) -> None:
        message = received(delivery)
        if self._signatures.verify(delivery.routing_key or "", message.headers, message.body):
            self._answers.hear(message)
