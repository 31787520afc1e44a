"""Answers in parts over a real RabbitMQ."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from opentelemetry.trace import NoOpTracer
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.transports import streams
from service_runtime.transports.lines import read_lines
from service_runtime.transports.messages import CORRELATION_ID, Message
from service_runtime.transports.rabbitmq import open_transport
from service_runtime.transports.rabbitmq.calls import REPLIES
from service_runtime.transports.rabbitmq.settings import RabbitmqSettings
from service_runtime.transports.rabbitmq.topology import Topology, topology
from service_runtime.transports.rabbitmq.wire import received, sent
from service_runtime.transports.signatures import Signatures

from tests.streams import TELLER, RefusedError, Resources
from tests.streams import Settings as StreamSettings
from tests.transports.message_teller import SIGNATURES, MessageStreamSuite, MessageTeller
from tests.transports.rabbitmq_probe import ADDRESS, BROKER, unique, until_ready


class Settings(RabbitmqSettings, StreamSettings):
    """Of a service that answers in parts over RabbitMQ."""


class RabbitTeller(MessageTeller):
    """Asks on a channel of its own."""

    def __init__(
        self,
        lifecycle: Lifecycle[Any, Resources],
        channel: AbstractChannel,
        names: Topology,
        replies: str = REPLIES,
    ) -> None:
        super().__init__(lifecycle)
        self.channel = channel
        self.names = names
        self.replies = replies
        self.answers = 0

    async def request(self, message: Message, signatures: Signatures = SIGNATURES) -> None:
        """Send a request."""
        await self._send(self.names.requests.name, message, signatures, self.replies)

    async def control(self, to: str, message: Message, signatures: Signatures = SIGNATURES) -> None:
        """Send to the queue of a process."""
        await self._send(to, message, signatures)

    async def answered(self, delivery: AbstractIncomingMessage) -> None:
        """Take a record."""
        message = received(delivery)
        self.answers += sum(line["kind"] != "alive" for line in read_lines(message.body))
        assert SIGNATURES.verify(REPLIES, message.headers, message.body)
        self.arrived(message)

    async def _send(
        self, queue: str, message: Message, signatures: Signatures, reply_to: str | None = None
    ) -> None:
        outgoing = sent(message.signed(signatures, queue))
        outgoing.reply_to = reply_to
        await self.channel.default_exchange.publish(outgoing, queue)


@asynccontextmanager
async def asking_on(namespace: str) -> AsyncGenerator[tuple[AbstractChannel, Topology]]:
    """A channel of who asks, and the queues of a service; both are gone afterwards."""
    names = topology(namespace, TELLER.identity.name)
    async with await aio_pika.connect(ADDRESS) as connection:
        yield await connection.channel(publisher_confirms=False), names
        cleaning = await connection.channel()
        for queue in names.queues:
            await cleaning.queue_delete(queue.name)
        for exchange in (names.accept, names.publications):
            await cleaning.exchange_delete(exchange)


@asynccontextmanager
async def serving(namespace: str, **more: int) -> AsyncGenerator[Lifecycle[Any, Resources]]:
    """A process of the service, with further settings."""
    settings = Settings.model_validate({"rabbitmq_namespace": namespace, **more})
    definition = replace(TELLER, settings=Settings, transports=[open_transport])
    lifecycle = Lifecycle(definition, settings, NoOpTracer())
    async with lifecycle.serving():
        await until_ready(lifecycle)
        yield lifecycle


async def asking(
    channel: AbstractChannel, names: Topology, lifecycle: Lifecycle[Any, Resources]
) -> RabbitTeller:
    """Who asks there."""
    teller = RabbitTeller(lifecycle, channel, names)
    replies = await channel.get_queue(REPLIES, ensure=False)
    await replies.consume(teller.answered, no_ack=True)
    return teller


@pytest.fixture
async def teller() -> AsyncGenerator[RabbitTeller]:
    """The service on queues of its own."""
    namespace = unique()
    async with asking_on(namespace) as (channel, names), serving(namespace) as lifecycle:
        yield await asking(channel, names, lifecycle)


@BROKER
class TestRabbitmq(MessageStreamSuite):
    """By the fixture of this module."""

    async def test_what_nobody_can_read_is_refused_and_put_to_the_dead_letters(
        self, teller: RabbitTeller
    ) -> None:
        asking = await teller.ask({"words": 1}, {"request-deadline": "soon"})
        with pytest.raises(RefusedError, match="invalid_argument"):
            await teller.begun(asking)
        letter = await dead_letter(teller)
        assert letter.body == b'{"words": 1}'
        assert "undecodable" in str(letter.headers["dead-error"])

    async def test_what_a_stranger_asks_is_put_to_the_dead_letters_alone(
        self, teller: RabbitTeller
    ) -> None:
        headers = {"operation": "tell", CORRELATION_ID: "forged"}
        await teller.request(Message(headers, b'{"words":1}'), Signatures("a guess"))
        assert "SERVICE_TOKEN" in str((await dead_letter(teller)).headers["dead-error"])
        async with teller.tell({"words": 1}) as events:
            assert [name async for name, _ in events] == ["part", "end"]
        # It began, and what it told.
        assert (teller.answers, teller.resources.runs) == (3, 1)


@BROKER
async def test_a_gateway_that_is_gone_holds_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than this test may take: nothing goes on because nobody was heard for long.
    monkeypatch.setattr(streams, "SILENCE", 600.0)
    namespace = unique()
    async with (
        asking_on(namespace) as (channel, names),
        serving(namespace, rabbitmq_prefetch=1) as lifecycle,
    ):
        async with await aio_pika.connect(ADDRESS) as connection:
            own = await connection.channel(publisher_confirms=False)
            replies = await own.declare_queue(exclusive=True)
            gone = RabbitTeller(lifecycle, own, names, replies.name)
            await replies.consume(gone.answered, no_ack=True)
            # One that has begun and waits for credit, and those behind it.
            await gone.begun(await gone.ask({"words": 1}))
            for _ in range(3):
                await gone.ask({"words": 1})
        teller = await asking(channel, names, lifecycle)
        async with asyncio.timeout(60):
            async with teller.tell({"words": 1}) as events:
                assert [name async for name, _ in events] == ["part", "end"]
        assert teller.resources.runs == 1


async def dead_letter(teller: RabbitTeller) -> AbstractIncomingMessage:
    """The first that comes."""
    dead = await teller.channel.get_queue(teller.names.dead.name, ensure=False)
    async with asyncio.timeout(10):
        while (letter := await dead.get(no_ack=True, fail=False)) is None:
            await asyncio.sleep(0.05)
    return letter


@BROKER
async def test_a_request_goes_to_another_process_until_one_has_credit_for_it() -> None:
    namespace = unique()
    async with asking_on(namespace) as (channel, names):
        async with serving(namespace) as lifecycle:
            teller = await asking(channel, names, lifecycle)
            asked = await teller.ask({"words": 2, "seconds": 60})
            await teller.begun(asked)
            first = asked.run
        async with serving(namespace) as lifecycle:
            await teller.begun(asked)
            assert asked.run != first
            await teller.grant(asked, 10)
            line = await asked.line()
            assert line["value"] == {"word": "0"}
        async with serving(namespace):
            with pytest.raises(TimeoutError):
                await asked.line(1)
