"""A service of test operations behind Kafka, with topics of its own on a real broker."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Self
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.call import Call, Caller, Events
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Code, Problem
from service_runtime.calls.values import EventModel, Model
from service_runtime.identity import Identity
from service_runtime.server.definition import Definition
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.settings import DEVELOPMENT_TOKEN, ServiceSettings
from service_runtime.transports.kafka import open_transport
from service_runtime.transports.kafka.connection import administration, client_options
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.settings import KafkaSettings
from service_runtime.transports.kafka.topics import make_topics, topics_of
from service_runtime.transports.signatures import Signatures

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or "127.0.0.1:9092"
SIGNATURES = Signatures(DEVELOPMENT_TOKEN)
KILLED = -signal.SIGKILL
"""How a process ends that is killed."""


class Settings(KafkaSettings, ServiceSettings):
    """Those of a service behind Kafka."""


class Task(Model):
    name: str
    seconds: float = 0
    fails: str = ""


class Done(Model):
    name: str
    run: int


class Worked(EventModel):
    EVENT: ClassVar[str] = "worked"

    name: str


@dataclass(slots=True)
class Resources:
    """What happened, for tests to look at."""

    begun: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])
    callers: list[Caller | None] = field(default_factory=list[Caller | None])
    running: int = 0
    most: int = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, _settings: ServiceSettings, _events: Events) -> AsyncGenerator[Self]:
        yield cls()

    async def ready(self) -> None:
        """Nothing to wait for."""


async def work(payload: Task, call: Call, resources: Resources) -> Done:
    """Take some time, then end as the task says."""
    resources.begun.append(payload.name)
    resources.callers.append(call.caller)
    resources.running += 1
    resources.most = max(resources.most, resources.running)
    try:
        await asyncio.sleep(payload.seconds)
    finally:
        resources.running -= 1
    codes: Mapping[str, Code] = {"unavailable": "unavailable", "not_found": "not_found"}
    if payload.fails == "exit":
        os.kill(os.getpid(), signal.SIGKILL)
    if payload.fails in codes:
        raise Problem(codes[payload.fails], "as the task says")
    if payload.fails:
        raise RuntimeError(payload.fails)
    resources.ended.append(payload.name)
    call.events.publish(Worked(name=payload.name))
    return Done(name=payload.name, run=len(resources.begun))


WORK = Operation(name="work", input=Task, output=Done, handler=work, safe=False)


def defined(identity: Identity) -> Definition[Settings, Resources]:
    return Definition(identity, Settings, Resources.open, [WORK], [open_transport], Path())


def needs_broker() -> None:
    """Leave the test out where no broker answers; in CI that is a failure.

    `make dev` says how to start one.
    """
    host, _, port = SERVERS.partition(",")[0].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        reason = f"no broker of Kafka at {SERVERS} (KAFKA_BOOTSTRAP_SERVERS)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@dataclass(slots=True)
class Probe:
    """Topics on the broker, and both ends of them."""

    settings: Settings
    identity: Identity
    names: Names
    producer: AIOKafkaProducer

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[Lifecycle[Settings, Resources]]:
        """A process of the service, from when it takes calls."""
        service = Lifecycle(defined(self.identity), self.settings, NoOpTracer())
        async with service.serving():
            async with asyncio.timeout(20):
                while not await _is_ready(service):
                    await asyncio.sleep(0.02)
            yield service

    async def process(self) -> int:
        """Serve in a process of its own until it ends; give its exit code."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __name__,
            env={
                **os.environ,
                "SYSTEM": self.identity.system,
                "KAFKA_BOOTSTRAP_SERVERS": SERVERS,
                "JOB_TRIES": str(self.settings.job_tries),
            },
        )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def send(
        self,
        topic: str,
        body: str,
        headers: Mapping[str, str],
        key: str = "",
        signatures: Signatures = SIGNATURES,
    ) -> None:
        """Put a record on a topic."""
        signed = signatures.sign(topic, headers, body.encode())
        await (
            await self.producer.send(
                topic,
                value=body.encode(),
                key=key.encode() or None,
                headers=[(name, value.encode()) for name, value in signed.items()],
            )
        )

    async def ask(self, task: Task, key: str = "", **headers: str) -> str:
        """Send a call; give its correlation id."""
        correlation = uuid4().hex
        await self.send(
            self.names.requests,
            task.model_dump_json(),
            {
                "operation": "work",
                "idempotency-key": key or correlation,
                "correlation-id": correlation,
                "reply-to": self.names.replies,
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
            key or correlation,
        )
        return correlation

    async def order(self, task: Task, job: str = "", **headers: str) -> str:
        """Send a job; give its id."""
        job = job or uuid4().hex
        await self.send(
            self.names.orders,
            task.model_dump_json(),
            {
                "operation": "work",
                "idempotency-key": job,
                "job-id": job,
                "job-created": "2026-01-01T00:00:00Z",
                "request-timeout-ms": "30000",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
            job,
        )
        return job

    @asynccontextmanager
    async def reading(self, topic: str) -> AsyncGenerator["Reader"]:
        """All records of a topic, from the first."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=SERVERS,
            group_id=None,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        partitions = await self.producer.partitions_for(topic)
        consumer.assign([TopicPartition(topic, number) for number in partitions])
        try:
            yield Reader(consumer)
        finally:
            await consumer.stop()


class Reader:
    """Waits for records."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def next(self) -> ConsumerRecord:
        """The next one, whichever partition it is in."""
        async with asyncio.timeout(20):
            return await self._consumer.getone()

    async def take(self, count: int) -> list[ConsumerRecord]:
        """The next ones."""
        return [await self.next() for _ in range(count)]


def headers_of(record: ConsumerRecord) -> dict[str, str]:
    """The headers of a record, as texts."""
    return {name: (value or b"").decode() for name, value in record.headers}


@asynccontextmanager
async def serving_without_broker() -> AsyncGenerator[Lifecycle[Settings, Resources]]:
    """A process of a service whose broker is away."""
    settings = Settings(kafka_bootstrap_servers="127.0.0.1:1", shutdown_seconds=1)
    identity = Identity(system="away", name="probe", version="1", description="")
    service = Lifecycle(defined(identity), settings, NoOpTracer())
    async with service.serving():
        yield service


async def _is_ready(service: Lifecycle[Settings, Resources]) -> bool:
    try:
        await service.ready()
    except Problem:
        return False
    return True


@asynccontextmanager
async def open_probe(**settings: object) -> AsyncGenerator[Probe]:
    """Make the topics of a service that only this test knows."""
    chosen = Settings.model_validate(
        {"kafka_bootstrap_servers": SERVERS, "kafka_partitions": 4, **settings}
    )
    identity = Identity(system=f"test-{uuid4().hex[:8]}", name="probe", version="1", description="")
    names = Names.of(identity, chosen)
    async with administration(client_options(chosen, "test")) as admin:
        await make_topics(admin, names, chosen)
        producer = AIOKafkaProducer(bootstrap_servers=SERVERS, acks="all")
        await producer.start()
        try:
            yield Probe(chosen, identity, names, producer)
        finally:
            await producer.stop()
            await admin.delete_topics([topic.name for topic in topics_of(names, chosen)])


async def _serve(system: str) -> None:
    settings = Settings()
    identity = Identity(system=system, name="probe", version="1", description="")
    names = Names.of(identity, settings)
    producer = AIOKafkaProducer(bootstrap_servers=SERVERS)
    async with Probe(settings, identity, names, producer).serving():
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(_serve(os.environ["SYSTEM"]))
