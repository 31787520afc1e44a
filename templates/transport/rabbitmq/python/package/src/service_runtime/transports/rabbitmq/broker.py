"""The broker as the service sees it: there, or coming back."""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Final

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from service_runtime.calls.problem import Problem
from service_runtime.transports import messages
from service_runtime.transports.messages import Message
from service_runtime.transports.rabbitmq.session import LOST, Session, connected
from service_runtime.transports.rabbitmq.topology import Topology
from service_runtime.transports.rabbitmq.wire import sent
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential
from yarl import URL

Open = Callable[[AbstractConnection], Awaitable[Session]]

_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 2.0
_QUIET_SECONDS: Final = 30.0
"""Between two log lines about a broker that does not come back."""

_logger = structlog.stdlib.get_logger(__name__)

# What goes wrong is logged here, once in a while; they would log it at each attempt.
for _library in ("aio_pika", "aiormq"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)


class Broker:
    """Keeps a session open, a new one when the last is lost, until it is cancelled."""

    def __init__(self, url: URL, tls: ssl.SSLContext | None, name: str, names: Topology) -> None:
        """Connect to `url` as `name` once `keep` runs; `names` says where dead letters go."""
        self._url: Final = url
        self._tls: Final = tls
        self._name: Final = name
        self._names: Final = names
        self._session: Session | None = None
        self._opened = asyncio.Event()
        # A session that is being opened is there for `stop`, too.
        self._beginning: Final = asyncio.Lock()
        self._why = "not connected yet"
        self._logged = -_QUIET_SECONDS

    @property
    def address(self) -> str:
        """Where it is, without who logs in."""
        return f"{self._url.host}:{self._url.port or 5672}"

    async def keep(self, begin: Open) -> None:
        """Connect, call `begin`, wait until the session is lost, and so on, for ever."""
        attempts = AsyncRetrying(
            retry=retry_if_exception_type(LOST),
            wait=wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
            before_sleep=self._failed,
        )
        await attempts(self._hold, begin)

    async def ready(self) -> None:
        """Return when calls can arrive.

        Raises:
            Problem: `unavailable`, with why not.
        """
        if self._session is None:
            raise Problem("unavailable", f"RabbitMQ at {self.address}: {self._why}")

    async def session(self) -> Session:
        """The session that is open, however long that takes."""
        while self._session is None:
            await self._opened.wait()
        return self._session

    def leave(self, session: Session, why: str) -> None:
        """Stop using a session that was lost; the next one is opened."""
        session.end(why)
        if self._session is session:
            self._session = None
            self._opened.clear()
            self._why = why

    async def publish(self, exchange: str, routing_key: str, message: aio_pika.Message) -> None:
        """Return when the broker has the message, however long it is away.

        What waits for the same session is sent in any order.
        """
        while True:
            session = await self.session()
            try:
                await session.publish(exchange, routing_key, message)
            except LOST:
                self.leave(session, "a message was not confirmed")
            else:
                return

    async def reply(self, to: str, message: aio_pika.Message) -> None:
        """Send an answer, if there is a connection; who waits asks again otherwise.

        It has not left yet: its acknowledgement, which waits until it has, leaves with it.

        Raises:
            One of `LOST`.
        """
        if self._session is not None:
            await self._session.reply(to, message, wait=False)

    async def bury(
        self, message: Message, delivery: AbstractIncomingMessage, *, tries: int, error: str
    ) -> None:
        """Put what is given up to the dead letters, with where it came from and why."""
        origin = f"{delivery.routing_key or delivery.exchange}"
        _logger.error("a message is given up", origin=origin, tries=tries, error=error)
        letter = messages.dead(message, origin=origin, tries=tries, error=error)
        await self.publish("", self._names.dead.name, sent(letter))

    async def stop(self) -> None:
        """Let nothing more arrive."""
        async with self._beginning:
            if self._session is not None:
                await self._session.stop()

    async def _hold(self, begin: Open) -> None:
        async with connected(self._url, self._tls, self._name) as connection:
            async with self._beginning:
                self._session = session = await begin(connection)
            self._opened.set()
            self._logged = -_QUIET_SECONDS
            _logger.info("RabbitMQ is connected", address=self.address)
            try:
                raise ConnectionError(await session.lost())
            finally:
                self.leave(session, "disconnected")

    def _failed(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self._why = str(error)
        if time.monotonic() - self._logged < _QUIET_SECONDS:
            return
        self._logged = time.monotonic()
        _logger.warning(
            "RabbitMQ does not serve: start it, or set RABBITMQ_URL and RABBITMQ_PASSWORD",
            address=self.address,
            user=self._url.user,
            why=str(error),
        )
