"""Events: sent as they happen, and kept in the log while the broker is away."""

import asyncio
from typing import Final

import aio_pika
from service_runtime.transports import Host, messages
from service_runtime.transports.rabbitmq.broker import Broker
from service_runtime.transports.rabbitmq.session import LOST, Session
from service_runtime.transports.rabbitmq.topology import Topology
from service_runtime.transports.rabbitmq.wire import CLOUD_EVENTS, sent
from service_runtime.transports.signatures import Signatures

_Sending = tuple[str, asyncio.Task[None]]

_WINDOW: Final = 128
"""Events that are on their way to the broker at once, in order."""


class LostError(Exception):
    """It is not known whether the broker has an event."""


class Publisher:
    """Follows the log of events from its beginning, and keeps its place in it.

    Events are sent in the order of the log: each session sends all that is not confirmed, under
    the same ids, before it sends what is new.
    """

    def __init__(self, host: Host, broker: Broker, names: Topology, signatures: Signatures) -> None:
        self._host: Final = host
        self._broker: Final = broker
        self._names: Final = names
        self._signatures: Final = signatures
        epoch, _, _ = host.service.events.position.partition("-")
        self._place = f"{epoch}-0"

    async def run(self) -> None:
        """Publish until the log is closed and the broker has all that was in it."""
        while True:
            session = await self._broker.session()
            try:
                await self._follow(session)
            except* LostError:
                self._broker.leave(session, "an event was not confirmed")
            else:
                return

    async def _follow(self, session: Session) -> None:
        sending = asyncio.Queue[_Sending | None](_WINDOW)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._confirm(sending))
            async for record in self._host.service.events.after(self._place):
                key = f"{self._host.identity.name}.{record.name}"
                event = messages.event(record, self._host.identity, CLOUD_EVENTS)
                message = sent(event.signed(self._signatures, self._names.events.name))
                task = group.create_task(self._send(session, key, message))
                await sending.put((record.id, task))
            await sending.put(None)

    async def _confirm(self, sending: asyncio.Queue[_Sending | None]) -> None:
        while (item := await sending.get()) is not None:
            place, task = item
            await task
            self._place = place

    async def _send(self, session: Session, key: str, message: aio_pika.Message) -> None:
        try:
            await session.publish(self._names.publications, key, message)
        except LOST as error:
            raise LostError from error
