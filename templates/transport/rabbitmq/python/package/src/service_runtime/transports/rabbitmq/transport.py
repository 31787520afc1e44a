"""The transport, as the service opens it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final, cast

from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from service_runtime.transports import Host, Transport
from service_runtime.transports.rabbitmq.broker import Broker
from service_runtime.transports.rabbitmq.calls import Calls
from service_runtime.transports.rabbitmq.events import Publisher
from service_runtime.transports.rabbitmq.jobs import Jobs
from service_runtime.transports.rabbitmq.session import LOST, Session, open_session
from service_runtime.transports.rabbitmq.settings import RabbitmqSettings
from service_runtime.transports.rabbitmq.topology import topology
from service_runtime.transports.signatures import Signatures
from service_runtime.transports.tls import client_context


@asynccontextmanager
async def open_transport(host: Host) -> AsyncGenerator[Transport]:
    """Serve calls, jobs and events over RabbitMQ; on leaving, let go of the connection.

    Args:
        host: What is served; its settings include `RabbitmqSettings`.
    """
    transport = RabbitMQ(host)
    running = [asyncio.create_task(work) for work in (transport.keep(), transport.publish())]
    try:
        yield transport
    finally:
        await transport.cut(running)


class RabbitMQ:
    """A service on RabbitMQ. Implements `Transport`."""

    def __init__(self, host: Host) -> None:
        """Put the parts together; nothing is connected yet."""
        settings = cast("RabbitmqSettings", host.settings)
        identity = host.identity
        self._host: Final = host
        namespace = settings.rabbitmq_namespace or identity.system
        self._names: Final = topology(namespace, identity.name)
        address = settings.rabbitmq_address(identity.system)
        tls = client_context(settings) if address.scheme == "amqps" else None
        self._broker: Final = Broker(address, tls, identity.name, self._names)
        self._signatures: Final = Signatures(*host.settings.service_tokens)
        self._publisher: Final = Publisher(host, self._broker, self._names, self._signatures)
        self._prefetch: Final = settings.rabbitmq_prefetch
        self._calls: Final = Calls(host, self._broker, self._names, self._signatures)
        self._jobs: Final = Jobs(
            host, self._broker, self._names, self._signatures, tries=settings.job_tries
        )
        # What has arrived. Tasks of ours: those of aio-pika end with their channel, but a handler
        # goes on while the broker is away.
        self._taken: Final[set[asyncio.Task[None]]] = set()
        self._published: Final = asyncio.Event()
        self._draining = False

    async def ready(self) -> None:
        """Return when calls can arrive.

        Raises:
            Problem: `unavailable`: the broker is away.
        """
        await self._broker.ready()

    async def drain(self) -> None:
        """Take nothing more; return when what was taken is answered and all events have left."""
        self._draining = True
        self._jobs.stop()
        with self._host.service.events.writing():
            with suppress(*LOST):
                await self._broker.stop()
            while self._taken:
                await asyncio.wait(self._taken)
        await self._published.wait()

    async def keep(self) -> None:
        """Be connected."""
        await self._broker.keep(self._begin)

    async def publish(self) -> None:
        """Send the events."""
        await self._publisher.run()
        self._published.set()

    async def cut(self, running: list[asyncio.Task[None]]) -> None:
        """End what still runs; messages that are not settled are delivered to somebody else."""
        for task in (*self._taken, *running):
            task.cancel()
        await asyncio.gather(*self._taken, *running, return_exceptions=True)

    async def _begin(self, connection: AbstractConnection) -> Session:
        return await open_session(
            connection,
            self._names,
            (self._prefetch, self._take_call),
            (self._jobs.prefetch, self._take_job),
            consuming=not self._draining,
        )

    async def _take_call(self, _session: Session, delivery: AbstractIncomingMessage) -> None:
        self._take(asyncio.create_task(self._calls.take(delivery)))

    async def _take_job(self, session: Session, delivery: AbstractIncomingMessage) -> None:
        self._take(asyncio.create_task(self._jobs.take(session, delivery)))

    def _take(self, task: asyncio.Task[None]) -> None:
        self._taken.add(task)
        task.add_done_callback(self._taken.discard)
