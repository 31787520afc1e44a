"""Jobs that give parts over Kafka: where their steps stand, and in which order."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from opentelemetry.trace import NoOpTracer
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.transports import Host
from service_runtime.transports.kafka import sender
from service_runtime.transports.kafka.connection import client_options
from service_runtime.transports.kafka.delivery import Delivery, Partition
from service_runtime.transports.kafka.job_parts import PartJobs
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.progress import Progress
from service_runtime.transports.messages import JSON_TYPE, Message, read_request

from tests.streams import TELLER, Asked, Told
from tests.transports.kafka_probe import SERVERS
from tests.transports.message_teller import SIGNATURES
from tests.transports.test_kafka_streams import Settings, telling

ORDER = {
    "content-type": JSON_TYPE,
    "operation": "tell",
    "job-id": "7",
    "job-created": "2026-01-01T00:00:00Z",
    "request-timeout-ms": "30000",
}


class Producer:
    """Takes what it is given; the first one that is made says so when it is allowed to."""

    def __init__(self, **_options: object) -> None:
        self.is_first = not MADE
        self.sent: list[asyncio.Future[None]] = []
        self.steps: list[int] = []
        MADE.append(self)

    async def start(self) -> None:
        """Nothing to find."""

    async def stop(self) -> None:
        """Nothing to leave."""

    async def send(self, topic: str, value: bytes, **_more: object) -> asyncio.Future[None]:
        future = asyncio.get_running_loop().create_future()
        self.sent.append(future)
        if topic.endswith(".jobs"):
            self.steps.append(json.loads(value)["step"]["number"])
        if not self.is_first:
            future.set_result(None)
        return future


MADE: list[Producer] = []


def delivered(names: Names, message: Message) -> Delivery:
    """An order, as a partition has it."""
    headers = [(name, value.encode()) for name, value in message.headers.items()]
    place = {"topic": names.orders, "partition": 0, "offset": 0, "key": b"7"}
    record = SimpleNamespace(**place, headers=headers, value=message.body)
    progress = Progress()
    progress.take(0)
    keeper: Any = None
    return Delivery(cast("ConsumerRecord", record), Partition(progress), keeper)


async def test_no_part_overtakes_those_of_a_producer_that_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    MADE.clear()
    monkeypatch.setattr(sender, "AIOKafkaProducer", Producer)
    settings = Settings.model_validate({"kafka_bootstrap_servers": "127.0.0.1:1"})
    names = Names.of(TELLER.identity, settings)
    sending = sender.Sender(client_options(settings, "test"), 1_000_000)
    lifecycle = Lifecycle(TELLER, settings, NoOpTracer())
    async with lifecycle.serving(), asyncio.timeout(20):
        streams = {operation.name: operation for operation in TELLER.streams}
        host = Host(TELLER.identity, settings, lifecycle.service, {}, streams, lifecycle.ready)
        jobs = PartJobs(host, names, sending, SIGNATURES, tries=1)
        asked = Asked(words=2, seconds=0.3)
        message = Message(ORDER, asked.model_dump_json().encode()).signed(SIGNATURES, names.orders)
        request = read_request(names.orders, message, jobs.operations, SIGNATURES)
        delivery = delivered(names, message)
        doing = asyncio.create_task(jobs.do(delivery, request, asked, request.incoming))
        while not MADE or len(MADE[0].steps) < 2:
            await asyncio.sleep(0.01)
        # Another message fails, and with it the producer.
        failing = await sending.put("others", b"", Message({}, b"{}"))
        former = MADE[0]
        former.sent[-1].set_exception(KafkaError("too late"))
        await asyncio.wait([failing])
        while len(MADE) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert (former.steps, MADE[1].steps) == ([0, 1], [])
        for future in former.sent[:2]:
            future.set_result(None)
        assert await doing == Told(words=2)
        assert MADE[1].steps == [2]


async def test_a_part_that_no_record_may_hold_ends_the_job_in_one_run() -> None:
    async with telling(kafka_max_message_bytes=1024) as teller:
        orders, jobs = teller.names.orders, teller.names.jobs
        # The last word has two digits, and so it is twice as long as the others.
        body = json.dumps({"words": 11, "size": 40_000}).encode()
        message = Message(ORDER, body).signed(SIGNATURES, orders)
        headers = [(name, value.encode()) for name, value in message.headers.items()]
        # As a dead letter that somebody sends again, without the key of the job.
        await (await teller.producer.send(orders, value=body, headers=headers))
        consumer = AIOKafkaConsumer(
            bootstrap_servers=SERVERS, group_id=None, auto_offset_reset="earliest"
        )
        await consumer.start()
        consumer.assign([TopicPartition(jobs, number) for number in range(3)])
        records: list[ConsumerRecord] = []
        async with asyncio.timeout(30):
            while not records or b'"running"' in (records[-1].value or b""):
                records.append(await consumer.getone())
        await consumer.stop()
    # In one partition, and so in their order.
    assert {record.key for record in records} == {b"7"}
    steps = [json.loads(record.value or b"") for record in records]
    assert [step["step"]["number"] for step in steps if "step" in step] == [*range(11)]
    assert (steps[-1]["status"], steps[-1]["problem"]["code"]) == ("failed", "resource_exhausted")
