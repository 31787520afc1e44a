"""Calls: who sent one waits for the answer."""

from typing import Final

import structlog
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import Model
from service_runtime.transports import Host
from service_runtime.transports.kafka.delivery import Delivery
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.sender import Sender
from service_runtime.transports.kafka.spans import processing
from service_runtime.transports.messages import (
    CORRELATION_ID,
    DecodingError,
    Message,
    Request,
    answer,
    dead,
    read_request,
)
from service_runtime.transports.signatures import Signatures

REPLY_TO: Final = "reply-to"

_logger = structlog.stdlib.get_logger(__name__)


class Calls:
    """Runs what is asked and answers.

    That a caller has left is not known: its call runs until its deadline.
    """

    def __init__(self, host: Host, names: Names, sender: Sender, signatures: Signatures) -> None:
        """Run the calls of a service."""
        self._host: Final = host
        self._names: Final = names
        self._sender: Final = sender
        self._signatures: Final = signatures

    async def handle(self, delivery: Delivery) -> None:
        """Run a call once, and answer it."""
        try:
            await self._answer(delivery)
        except KafkaError:
            # Its caller gives up by itself, and may ask again under the same key.
            _logger.exception("a call could not be answered", origin=delivery.origin)
        delivery.done()

    async def _answer(self, delivery: Delivery) -> None:
        try:
            request = self._read(delivery)
            if request.expired:
                return
            outcome = await self._run(delivery, request)
        except DecodingError as error:
            await self.bury(delivery, str(error))
            if error.answer is None:
                return
            outcome = error.answer
        except Problem as problem:
            outcome = problem
        await self._reply(delivery, outcome)

    def _read(self, delivery: Delivery) -> Request:
        message, host = delivery.message, self._host
        request = read_request(delivery.topic, message, host.operations, self._signatures)
        limit(message, host.settings.max_body_bytes)
        return request

    async def _run(self, delivery: Delivery, request: Request) -> Model | Problem:
        payload = request.payload()
        with processing(delivery.topic, self._names.callers, request.incoming) as incoming:
            return await self._host.service.run(request.operation, payload, incoming)

    async def _reply(self, delivery: Delivery, outcome: Model | Problem) -> None:
        headers = delivery.message.headers
        if CORRELATION_ID not in headers:
            return
        correlation = headers[CORRELATION_ID]
        topic = headers.get(REPLY_TO, self._names.replies)
        try:
            await self._send(topic, correlation, answer(outcome))
        except MessageSizeTooLargeError:
            problem = Problem("internal", "the answer is larger than a message may be")
            await self._send(topic, correlation, answer(problem))

    async def _send(self, topic: str, correlation: str, reply: Message) -> None:
        headers = {**reply.headers, CORRELATION_ID: correlation}
        signed = Message(headers, reply.body).signed(self._signatures, topic)
        await self._sender.send(topic, correlation.encode(), signed)

    async def bury(self, delivery: Delivery, error: str) -> None:
        """Put a record to the dead letters."""
        _logger.error("a record cannot be read", origin=delivery.origin, error=error)
        letter = dead(delivery.message, origin=delivery.origin, tries=0, error=error)
        await self._sender.send(self._names.dead, delivery.key, letter)


def limit(message: Message, largest: int) -> None:
    """Refuse what is too large.

    Raises:
        Problem: `invalid_argument`.
    """
    if len(message.body) > largest:
        raise Problem("invalid_argument", f"the input has more than {largest} bytes")
