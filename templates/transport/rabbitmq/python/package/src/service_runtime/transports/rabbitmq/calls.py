"""Calls: each is answered, and then let go."""

from contextlib import suppress
from typing import Final

import structlog
from aio_pika.abc import AbstractIncomingMessage
from cachetools import TTLCache
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import Model
from service_runtime.transports import Host, messages
from service_runtime.transports.messages import DecodingError, Message, Request
from service_runtime.transports.rabbitmq.broker import Broker
from service_runtime.transports.rabbitmq.limits import check_request, fits
from service_runtime.transports.rabbitmq.session import LOST
from service_runtime.transports.rabbitmq.topology import Topology
from service_runtime.transports.rabbitmq.wire import deliveries, sent
from service_runtime.transports.signatures import Signatures

REPLIES: Final = "amq.rabbitmq.reply-to"
"""The channel of answers, whoever asked (RabbitMQ, "Direct Reply-to")."""

_REMEMBERED: Final = 10_000
_REMEMBERED_SECONDS: Final = 600

_logger = structlog.stdlib.get_logger(__name__)


class Calls:
    """Runs what arrives on the queue of calls."""

    def __init__(self, host: Host, broker: Broker, names: Topology, signatures: Signatures) -> None:
        self._host: Final = host
        self._broker: Final = broker
        self._channel: Final = names.requests.name
        self._signatures: Final = signatures
        # Keys that this process has seen: what is delivered again is known to the runner then.
        self._seen: Final[TTLCache[str, bool]] = TTLCache(_REMEMBERED, _REMEMBERED_SECONDS)

    async def take(self, delivery: AbstractIncomingMessage, message: Message) -> None:
        """Answer a call; what cannot be read goes to the dead letters, too.

        Args:
            delivery: As it came.
            message: The same, read.
        """
        try:
            outcome = await self._outcome(delivery, message)
        except DecodingError as error:
            outcome = error.answer
            await self._broker.bury(message, delivery, tries=1, error=f"undecodable: {error}")
        except Problem as problem:
            outcome = problem
        if outcome is not None:
            await self._reply(delivery, outcome)
        with suppress(*LOST):
            # On a lost connection it is delivered again, and the runner knows its answer.
            await delivery.ack()

    async def _outcome(
        self, delivery: AbstractIncomingMessage, message: Message
    ) -> Model | Problem | None:
        request = messages.read_request(
            self._channel, message, self._host.operations, self._signatures
        )
        if request.expired:
            _logger.info("a call came too late", operation=request.operation.name)
            return None
        check_request(message, self._host.settings.max_body_bytes)
        return await self._run(request, delivery)

    async def _run(self, request: Request, delivery: AbstractIncomingMessage) -> Model:
        payload = request.payload()
        key = request.incoming.idempotency_key
        if deliveries(delivery) and not request.operation.safe and key not in self._seen:
            # Another process had it and is gone: a call is not run twice, its caller decides.
            raise Problem("unavailable", "the service stopped while it had this call")
        self._seen[key] = True
        return await self._host.service.run(request.operation, payload, request.incoming)

    async def _reply(self, delivery: AbstractIncomingMessage, outcome: Model | Problem) -> None:
        if delivery.reply_to is None:
            return
        message = messages.answer(outcome)
        if not fits(message):
            problem = Problem("internal", "the answer is too large")
            message = messages.answer(problem)
        headers = message.headers | {messages.CORRELATION_ID: delivery.correlation_id or ""}
        signed = Message(headers, message.body).signed(self._signatures, REPLIES)
        with suppress(*LOST):
            await self._broker.reply(delivery.reply_to, sent(signed, persistent=False))
