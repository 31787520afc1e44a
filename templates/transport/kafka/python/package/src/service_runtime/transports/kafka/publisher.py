"""Events of the service, on their way to the broker."""

import asyncio
from typing import Final

import structlog
from aiokafka.errors import KafkaError
from service_runtime.events import EventLog, EventRecord
from service_runtime.identity import Identity
from service_runtime.transports.kafka.connection import reason
from service_runtime.transports.kafka.sender import Sender
from service_runtime.transports.messages import event
from service_runtime.transports.signatures import Signatures

PREFIX: Final = "ce_"
"""Before each attribute of a CloudEvent (Kafka protocol binding, 3.2.3)."""

_UNDER_WAY: Final = 256
_PAUSE_SECONDS: Final = 0.5

_logger = structlog.stdlib.get_logger(__name__)


class Publisher:
    """Follows the log of events, and keeps its place in it while the broker is away.

    What the log no longer holds by then is sent as `stream.gap`, as to any listener.
    """

    def __init__(
        self, log: EventLog, identity: Identity, sender: Sender, topic: str, signatures: Signatures
    ) -> None:
        """Publish what comes after now."""
        self._log: Final = log
        self._identity: Final = identity
        self._sender: Final = sender
        self._topic: Final = topic
        self._signatures: Final = signatures
        self._place = log.position

    async def run(self) -> None:
        """Publish until the log has ended and all that was in it is safe."""
        while True:
            try:
                await self._follow()
            except* KafkaError as group:
                error = group.exceptions[0]
                _logger.warning("events are sent again", error=reason(error))
            else:
                return
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _follow(self) -> None:
        sent = asyncio.Queue[tuple[EventRecord, asyncio.Future[object]] | None](_UNDER_WAY)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._confirm(sent))
            async for record in self._log.after(self._place):
                message = event(record, self._identity, PREFIX).signed(
                    self._signatures, self._topic
                )
                future = await self._sender.put(self._topic, record.name.encode(), message)
                await sent.put((record, future))
            await sent.put(None)

    async def _confirm(
        self, sent: asyncio.Queue[tuple[EventRecord, asyncio.Future[object]] | None]
    ) -> None:
        while (item := await sent.get()) is not None:
            record, future = item
            await future
            self._place = record.id
