"""Answers in parts: asked for on the queue of calls, given as answers to calls are."""

from contextlib import suppress
from typing import Final
from uuid import uuid4

import structlog
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
from service_runtime.transports.streams import RUN, SEQUENCE, Asked, StreamAnswers, refusal

DIRECT: Final = f"{REPLIES}."
"""What the queue of a direct reply-to begins with, of which no broker says whether it is there:
until 4.2 it returns what it has delivered, and since then nothing."""

_logger = structlog.stdlib.get_logger(__name__)


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

    async def _answer(
        self, session: Session, delivery: AbstractIncomingMessage, message: Message
    ) -> None:
        correlation = {messages.CORRELATION_ID: delivery.correlation_id or ""}
        reply_to = delivery.reply_to or ""

        async def send(record: Message) -> None:
            own = Message({**record.headers, **correlation}, record.body)
            signed = sent(own.signed(self._signatures, REPLIES), persistent=False)
            # Before the first part: a gateway that is gone holds no place until it is not heard.
            is_first = RUN in own.headers and own.headers[SEQUENCE] == "0"
            if is_first and not reply_to.startswith(DIRECT):
                await session.offer(reply_to, signed)
            else:
                await session.reply(reply_to, signed)

        try:
            request = messages.read_request(
                self._requests, message, self._answers.operations, self._signatures
            )
            if request.expired:
                _logger.info("a call came too late", operation=request.operation.name)
                return
            check_request(message, self._host.settings.max_body_bytes)
            await self._answers.answer(Asked(request, send, delivery.ack, self._control))
        except DecodingError as error:
            await self._broker.bury(message, delivery, tries=1, error=f"undecodable: {error}")
            if error.answer is not None:
                await send(refusal(error.answer))
        except Problem as problem:
            await send(refusal(problem))

    async def _hear(self, delivery: AbstractIncomingMessage) -> None:
        message = received(delivery)
        if self._signatures.verify(delivery.routing_key or "", message.headers, message.body):
            self._answers.hear(message)
