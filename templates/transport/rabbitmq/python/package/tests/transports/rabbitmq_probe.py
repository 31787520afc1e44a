"""A service of test operations on a real broker, and somebody who sends to it."""

import asyncio
import json
import os
import socket
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.call import Call, Caller
from service_runtime.calls.idempotency import MemoryKeys
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Code, Problem
from service_runtime.calls.runner import Service
from service_runtime.calls.values import EventModel, Model
from service_runtime.events import EventLog
from service_runtime.identity import Identity
from service_runtime.settings import DEVELOPMENT_TOKEN, ServiceSettings
from service_runtime.transports import Host, Transport
from service_runtime.transports.messages import JSON_TYPE, Message
from service_runtime.transports.rabbitmq import open_transport
from service_runtime.transports.rabbitmq.calls import REPLIES
from service_runtime.transports.rabbitmq.settings import RabbitmqSettings
from service_runtime.transports.rabbitmq.topology import Topology, topology
from service_runtime.transports.rabbitmq.wire import received, sent
from service_runtime.transports.signatures import Signatures
from yarl import URL

SIGNATURES: Final = Signatures(DEVELOPMENT_TOKEN)
ADDRESS: Final = RabbitmqSettings().rabbitmq_address("guest")


def _listens(url: URL) -> bool:
    try:
        socket.create_connection((url.host or "", url.port or 5672), timeout=2).close()
    except OSError:
        return False
    return True


BROKER: Final = pytest.mark.skipif(
    os.environ.get("CI") != "true" and not _listens(ADDRESS),
    reason=f"no broker at {ADDRESS.host}:{ADDRESS.port}: start one, or set RABBITMQ_URL",
)
"""In CI a broker that is missing is a failure."""


class Settings(RabbitmqSettings, ServiceSettings):
    """Those of a service on RabbitMQ."""


class Work(Model):
    """What is to be done.

    Attributes:
        name: Under which it is counted.
        seconds: How long it takes.
        fails: With which code, or "".
        times: How often it fails before it succeeds.
    """

    name: str
    seconds: float = 0
    fails: Code | None = None
    times: int = 1000


class Done(Model):
    name: str


class Worked(EventModel):
    EVENT = "worked"
    name: str


class Resources:
    async def ready(self) -> None:
        """Always."""


@dataclass
class Probe:
    """The service, as a test looks at it.

    Attributes:
        transport: What is tested.
        names: Its queues.
        channel: The test's own, without confirmations.
        begun: How often each piece of work was begun.
        events: The service's log.
        callers: For whom each was begun.
    """

    transport: Transport
    names: Topology
    channel: AbstractChannel
    events: EventLog
    begun: dict[str, int]
    callers: list[Caller | None]
    replies: dict[str, asyncio.Future[AbstractIncomingMessage]] = field(
        default_factory=dict[str, "asyncio.Future[AbstractIncomingMessage]"]
    )

    async def send(
        self,
        queue: str,
        body: bytes,
        headers: dict[str, str],
        signatures: Signatures = SIGNATURES,
        reply_to: str | None = None,
    ) -> None:
        """Put anything on a queue."""
        message = sent(
            Message({"content-type": JSON_TYPE, **headers}, body).signed(signatures, queue)
        )
        message.reply_to = reply_to
        await self.channel.default_exchange.publish(message, queue)

    async def ask(self, work: Work, **headers: str) -> tuple[str | None, dict[str, Any], Any]:
        """The answer to a call: media type, headers, body."""
        key = uuid.uuid4().hex
        answer = self.replies[key] = asyncio.get_running_loop().create_future()
        deadline = str(int((time.time() + 10) * 1000))
        all_headers = (
            _headers(key) | {"request-deadline": deadline, "correlation-id": key} | headers
        )
        body = work.model_dump_json().encode()
        await self.send(self.names.requests.name, body, all_headers, reply_to=REPLIES)
        message = await asyncio.wait_for(answer, 15)
        assert SIGNATURES.verify(REPLIES, received(message).headers, message.body)
        return message.content_type, dict(message.headers), json.loads(message.body)

    async def order(self, work: Work, **headers: str) -> str:
        """Send a job; its id."""
        return await order(self.channel, self.names, work, **headers)

    async def stream(self, queue: str, count: int) -> list[AbstractIncomingMessage]:
        """The first messages of a stream."""
        taken: list[AbstractIncomingMessage] = []
        enough = asyncio.Event()

        async def take(message: AbstractIncomingMessage) -> None:
            taken.append(message)
            if len(taken) >= count:
                enough.set()

        async with await aio_pika.connect(ADDRESS) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=100)
            source = await channel.get_queue(queue, ensure=False)
            await source.consume(take, arguments={"x-stream-offset": "first"})
            await asyncio.wait_for(enough.wait(), 15)
        return taken

    async def steps(self, job: str, until: str) -> list[str]:
        """What became of a job."""
        async with asyncio.timeout(20):
            count = 1
            while True:
                messages = await self.stream(self.names.jobs.name, count)
                told = [_step(message) for message in messages]
                steps = [step["status"] for step in told if step.get("id") == job]
                if until in steps:
                    return steps
                count = len(told) + 1

    async def dead(self) -> AbstractIncomingMessage:
        """The next dead letter."""
        queue = await self.channel.get_queue(self.names.dead.name, ensure=False)
        async with asyncio.timeout(15):
            while True:
                letter = await queue.get(no_ack=True, fail=False)
                if letter is not None:
                    return letter
                await asyncio.sleep(0.05)


async def order(channel: AbstractChannel, names: Topology, work: Work, **headers: str) -> str:
    """Send a job; its id."""
    job = uuid.uuid4().hex
    more = {"job-id": job, "job-created": "2026-01-01T00:00:00Z", "request-timeout-ms": "9000"}
    body = work.model_dump_json().encode()
    message = Message({"content-type": JSON_TYPE, **_headers(job), **more, **headers}, body)
    exchange = await channel.get_exchange(names.accept, ensure=False)
    await exchange.publish(sent(message.signed(SIGNATURES, names.orders.name)), "")
    return job


def _headers(key: str) -> dict[str, str]:
    return {"operation": "work", "idempotency-key": key}


def _step(message: AbstractIncomingMessage) -> dict[str, Any]:
    told = json.loads(message.body)
    return told if "status" in told else {}


def host(
    namespace: str,
    begun: dict[str, int],
    callers: list[Caller | None] | None = None,
    **settings: str | int,
) -> Host:
    """A service whose only operation does what it is told."""
    events = EventLog(100)

    async def work(payload: Work, call: Call, _resources: Resources) -> Done:
        begun[payload.name] = begun.get(payload.name, 0) + 1
        if callers is not None:
            callers.append(call.caller)
        await asyncio.sleep(payload.seconds)
        if payload.fails and begun[payload.name] <= payload.times:
            raise Problem(payload.fails, "as it was told")
        call.events.publish(Worked(name=payload.name))
        return Done(name=payload.name)

    everything = Settings.model_validate({"rabbitmq_namespace": namespace, **settings})
    return Host(
        Identity(system="demo", name="probe", version="1", description=""),
        everything,
        Service(
            "probe",
            Resources(),
            events,
            limits=everything.limits,
            keys=MemoryKeys(60, 100_000),
            tracer=NoOpTracer(),
        ),
        {"work": Operation("work", Work, Done, work, safe=False)},
        Resources().ready,
    )


def unique() -> str:
    """What the names of a test's own queues begin with."""
    return f"test-{uuid.uuid4().hex[:8]}"


@asynccontextmanager
async def serving(namespace: str = "", **settings: str | int) -> AsyncGenerator[Probe]:
    """The service on queues of its own, gone afterwards."""
    namespace = namespace or unique()
    names = topology(namespace, "probe")
    begun: dict[str, int] = {}
    callers: list[Caller | None] = []
    served = host(namespace, begun, callers, **settings)
    async with await aio_pika.connect(ADDRESS) as connection, open_transport(served) as transport:
        channel = await connection.channel(publisher_confirms=False)
        probe = Probe(transport, names, channel, served.service.events, begun, callers)

        async def answered(message: AbstractIncomingMessage) -> None:
            probe.replies[message.correlation_id or ""].set_result(message)

        replies = await channel.get_queue("amq.rabbitmq.reply-to", ensure=False)
        await replies.consume(answered, no_ack=True)
        await until_ready(transport)
        try:
            yield probe
        finally:
            cleaning = await connection.channel()
            for queue in names.queues:
                await cleaning.queue_delete(queue.name)
            for exchange in (names.accept, names.publications):
                await cleaning.exchange_delete(exchange)


async def until_ready(transport: Transport) -> None:
    """Wait until calls can arrive."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await transport.ready()
            except Problem:
                await asyncio.sleep(0.05)
