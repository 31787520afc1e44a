"""Answers in parts over a real Kafka."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.problem import Problem
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.transports import streams
from service_runtime.transports.kafka import intake, open_transport
from service_runtime.transports.kafka.connection import administration, client_options
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.settings import KafkaSettings
from service_runtime.transports.kafka.topics import TopicError, check_topic, make_topics, topics_of
from service_runtime.transports.messages import Message
from service_runtime.transports.signatures import Signatures

from tests.streams import TELLER, RefusedError, Resources
from tests.streams import Settings as StreamSettings
from tests.transports.kafka_probe import SERVERS, headers_of, needs_broker
from tests.transports.message_teller import SIGNATURES, MessageStreamSuite, MessageTeller


class Settings(KafkaSettings, StreamSettings):
    """Of a service that answers in parts over Kafka."""


class KafkaTeller(MessageTeller):
    """Asks by a producer of its own."""

    def __init__(
        self, lifecycle: Lifecycle[Any, Resources], producer: AIOKafkaProducer, names: Names
    ) -> None:
        super().__init__(lifecycle)
        self.producer = producer
        self.names = names

    async def request(self, message: Message) -> None:
        """Send a request."""
        headers = {**message.headers, "reply-to": self.names.parts}
        await self._send(self.names.requests, Message(headers, message.body), SIGNATURES)

    async def control(self, to: str, message: Message, signatures: Signatures = SIGNATURES) -> None:
        """Send to all processes."""
        await self._send(to, message, signatures)

    async def read(self, consumer: AIOKafkaConsumer) -> None:
        """Take all records."""
        while True:
            record = await consumer.getone()
            message = Message(headers_of(record), record.value or b"")
            assert SIGNATURES.verify(self.names.parts, message.headers, message.body)
            self.arrived(message)

    async def _send(self, topic: str, message: Message, signatures: Signatures) -> None:
        signed = message.signed(signatures, topic)
        headers = [(name, value.encode()) for name, value in signed.headers.items()]
        key = message.headers.get("idempotency-key", "").encode() or None
        await (await self.producer.send(topic, value=signed.body, key=key, headers=headers))


@asynccontextmanager
async def serving(lifecycle: Lifecycle[Any, Resources]) -> AsyncGenerator[None]:
    async with lifecycle.serving():
        async with asyncio.timeout(20):
            while not await _is_ready(lifecycle):
                await asyncio.sleep(0.02)
        yield


async def _is_ready(lifecycle: Lifecycle[Any, Resources]) -> bool:
    try:
        await lifecycle.ready()
    except Problem:
        return False
    return True


@pytest.fixture
async def teller() -> AsyncGenerator[KafkaTeller]:
    """The service on topics of its own."""
    async with telling() as opened:
        yield opened


@asynccontextmanager
async def telling(*, heard: bool = True, **more: int) -> AsyncGenerator[KafkaTeller]:
    """The service with further settings, and who asks it, though it may hear no reader."""
    needs_broker()
    own = {"kafka_bootstrap_servers": SERVERS, "kafka_partitions": 3}
    settings = Settings.model_validate({**own, **more})
    identity = replace(TELLER.identity, system=f"test-{uuid4().hex[:8]}")
    names = Names.of(identity, settings)
    definition = replace(TELLER, identity=identity, settings=Settings, transports=[open_transport])
    async with administration(client_options(settings, "test")) as admin:
        await make_topics(admin, names, settings)
        producer = AIOKafkaProducer(bootstrap_servers=SERVERS, acks="all")
        consumer = AIOKafkaConsumer(bootstrap_servers=SERVERS, group_id=None)
        await asyncio.gather(producer.start(), consumer.start())
        places = [TopicPartition(names.parts, number) for number in range(3)]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        lifecycle = Lifecycle(definition, settings, NoOpTracer())
        if not heard:
            await admin.delete_topics([names.control])
            await _gone(admin, names.control)
        async with serving(lifecycle) if heard else lifecycle.serving():
            asking = KafkaTeller(lifecycle, producer, names)
            reading = asyncio.create_task(asking.read(consumer))
            yield asking
            reading.cancel()
        await asyncio.gather(producer.stop(), consumer.stop())
        await admin.delete_topics([topic.name for topic in topics_of(names, settings)])


async def _gone(admin: AIOKafkaAdminClient, topic: str) -> None:
    """Return when the broker, which deletes by and by, has no such topic."""
    with suppress(TopicError):
        async with asyncio.timeout(20):
            while True:
                await check_topic(admin, topic)
                await asyncio.sleep(0.05)


class TestKafka(MessageStreamSuite):
    """By the fixture of this module."""

    async def test_what_is_asked_under_the_key_of_another_begins_beside_it(
        self, teller: KafkaTeller
    ) -> None:
        key = {"idempotency-key": "k"}
        first = await teller.ask({"words": 2, "seconds": 60}, key)
        await teller.begun(first)
        await teller.grant(first, 10)
        second = await teller.ask({"words": 2, "seconds": 60}, key)
        await teller.begun(second)
        for asking in (first, second):
            await teller.tell_process(asking, "cancel")

    async def test_a_header_without_a_value_ends_no_listening(self, teller: KafkaTeller) -> None:
        record = await teller.producer.send(
            teller.names.control, value=b"{}", headers=[("signature", None)]
        )
        await record
        async with teller.tell({"words": 1}) as events:
            assert [name async for name, _ in events] == ["part", "end"]

    async def test_a_partition_that_was_full_is_read_on_when_there_is_room(
        self, teller: KafkaTeller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(intake, "WINDOW", 4)
        # One key, one partition.
        asked = [await teller.ask({"words": 1}, {"idempotency-key": "k"}) for _ in range(6)]
        for asking in asked[:4]:
            await teller.begun(asking)
        for asking in asked[:4]:
            await teller.grant(asking, 10)
        for asking in asked[4:]:
            await teller.begun(asking)
            await teller.tell_process(asking, "cancel")


async def test_what_nobody_can_read_is_refused_and_put_to_the_dead_letters(
    teller: KafkaTeller,
) -> None:
    asking = await teller.ask({"words": 1}, {"request-deadline": "soon"})
    with pytest.raises(RefusedError, match="invalid_argument"):
        await teller.begun(asking)
    consumer = AIOKafkaConsumer(bootstrap_servers=SERVERS, group_id=None)
    await consumer.start()
    place = TopicPartition(teller.names.dead, 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    letter = await asyncio.wait_for(consumer.getone(), 20)
    await consumer.stop()
    assert json.loads(letter.value or b"") == {"words": 1}


async def test_while_no_reader_can_be_heard_nothing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SILENCE", 1.0)
    async with telling(heard=False) as teller:
        late = await teller.ask({"words": 1}, {"request-timeout-ms": "500"})
        asking = await teller.ask({"words": 1})
        with pytest.raises(RefusedError, match="unavailable"):
            await teller.begun(asking)
        assert (late.lines.qsize(), teller.resources.runs) == (0, 0)


async def test_what_processes_hear_has_one_partition() -> None:
    needs_broker()
    settings = Settings.model_validate({"kafka_bootstrap_servers": SERVERS})
    names = Names.of(replace(TELLER.identity, system=f"test-{uuid4().hex[:8]}"), settings)
    async with administration(client_options(settings, "test")) as admin:
        await admin.create_topics([NewTopic(names.control, 2, 1)])
        with pytest.raises(TopicError, match="control has 2 partitions, and must have 1"):
            await make_topics(admin, names, settings)
        await admin.delete_topics([topic.name for topic in topics_of(names, settings)])


async def test_a_part_that_no_record_may_hold_is_a_problem_behind_those_before_it() -> None:
    async with telling(kafka_max_message_bytes=1024) as teller:
        # The last word has two digits, and so it is twice as long as the others.
        asking = await teller.ask({"words": 11, "size": 40_000})
        await teller.begun(asking)
        await teller.grant(asking, 99, 10_000_000)
        lines = [await asking.line() for _ in range(11)]
    told = [(line["kind"], line["number"]) for line in lines]
    assert told == [*(("part", n) for n in range(1, 11)), ("problem", 11)]
    assert lines[-1]["value"]["code"] == "internal"
