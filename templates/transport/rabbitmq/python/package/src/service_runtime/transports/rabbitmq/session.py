"""One connection, for as long as it holds."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from service_runtime.transports.rabbitmq.topology import Queue, Topology, declare
from yarl import URL

LOST: Final = (*CONNECTION_EXCEPTIONS, TimeoutError)
"""What using a connection raises that does not hold, or making one."""

Take = Callable[["Session", AbstractIncomingMessage], Awaitable[None]]

_CONNECT_SECONDS: Final = 5
_CONFIRM_SECONDS: Final = 10


class Session:
    """Channels of one connection. When one of them ends, or the broker ends a consumer, all do.

    A robust connection of aio-pika would mend each by itself; here what is lost is known, so that
    the service does not say that it is ready, and is made anew as a whole.
    """

    def __init__(self, replies: AbstractChannel, confirmed: AbstractChannel) -> None:
        self._replies: Final = replies
        self._confirmed: Final = confirmed
        self._consumers: Final[list[tuple[AbstractQueue, str]]] = []
        self._lost: Final = asyncio.Event()
        self._why = "closed"

    async def consume(self, channel: AbstractChannel, queue: Queue, take: Take) -> None:
        """Hand what arrives on a queue to `take`."""

        async def arrived(delivery: AbstractIncomingMessage) -> None:
            await take(self, delivery)

        source = await channel.get_queue(queue.name, ensure=False)
        self._consumers.append((source, await source.consume(arrived)))

    async def watch(self, *channels: AbstractChannel) -> None:
        """Notice when one of the channels ends, or one of its consumers."""
        for channel in channels:
            channel.close_callbacks.add(self._closed)
            underlay = await channel.get_underlay_channel()
            underlay.on_consumer_cancel_callbacks.add(self._cancelled)

    async def reply(self, to: str, message: aio_pika.Message) -> None:
        """Send an answer. Nobody confirms it: who waits for it would ask again."""
        await self._replies.default_exchange.publish(message, to, mandatory=False)

    async def publish(self, exchange: str, routing_key: str, message: aio_pika.Message) -> None:
        """Send a message; return when the broker has it.

        Raises:
            One of `LOST`: it is not known whether the broker has it. The session is over then.
        """
        try:
            channel = self._confirmed
            target = await channel.get_exchange(exchange, ensure=False)
            async with asyncio.timeout(_CONFIRM_SECONDS):
                await target.publish(message, routing_key)
        except LOST as error:
            self.end(f"not confirmed: {error!r}")
            raise

    async def stop(self) -> None:
        """Let nothing more arrive; what has arrived can still be answered."""
        for queue, tag in self._consumers:
            await queue.cancel(tag)
        self._consumers.clear()

    async def lost(self) -> str:
        """Wait until it is of no use any more; why."""
        await self._lost.wait()
        return self._why

    def end(self, why: str) -> None:
        """Give it up."""
        if not self._lost.is_set():
            self._why = why
            self._lost.set()

    @property
    def holds(self) -> bool:
        """Nothing of it is known to be lost."""
        return not self._lost.is_set()

    def _closed(self, _channel: object, error: BaseException | None = None) -> None:
        self.end(str(error) if error else "closed")

    def _cancelled(self, _frame: object) -> None:
        self.end("the broker ended a consumer")


@asynccontextmanager
async def connected(
    url: URL, tls: ssl.SSLContext | None, name: str
) -> AsyncGenerator[AbstractConnection]:
    """A connection, closed on leaving.

    Args:
        url: Of the broker.
        tls: Where the address is `amqps`.
        name: What its lists of connections show.
    """
    properties = {"connection_name": name}
    async with await aio_pika.connect(
        url, ssl_context=tls, timeout=_CONNECT_SECONDS, client_properties=dict[str, Any](properties)
    ) as connection:
        yield connection


async def open_session(
    connection: AbstractConnection,
    names: Topology,
    calls: tuple[int, Take],
    jobs: tuple[int, Take],
    *,
    consuming: bool,
) -> Session:
    """Declare what is missing and begin to consume.

    Args:
        connection: Where.
        names: What belongs to the service.
        calls: How many are handed over at once, and who takes them.
        jobs: The same.
        consuming: False when nothing more is to arrive.
    """
    requests = await connection.channel(publisher_confirms=False)
    orders = await connection.channel(publisher_confirms=False)
    confirmed = await connection.channel(on_return_raises=True)
    await declare(confirmed, names)
    session = Session(requests, confirmed)
    await session.watch(requests, orders, confirmed)
    if not consuming:
        return session
    for channel, queue, (prefetch, take) in (
        (requests, names.requests, calls),
        (orders, names.orders, jobs),
    ):
        await channel.set_qos(prefetch_count=prefetch)
        await session.consume(channel, queue, take)
    return session
