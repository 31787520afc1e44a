"""Events: sent as they happen, and kept in the log while the broker is away."""

import asyncio
from collections import deque
from typing import Final

from service_runtime.transports import Host, messages
from service_runtime.transports.rabbitmq.broker import Broker
from service_runtime.transports.rabbitmq.topology import Topology
from service_runtime.transports.rabbitmq.wire import CLOUD_EVENTS, sent
from service_runtime.transports.signatures import Signatures

_WINDOW: Final = 128
"""Events that are on their way to the broker at once, in order."""


async def publish_events(
    host: Host, broker: Broker, names: Topology, signatures: Signatures
) -> None:
    """Send every event from the first one of the log; return when it is closed and all are sent.

    An event whose confirmation was lost is sent again with the same id.
    """
    window = deque[asyncio.Task[None]]()
    log = host.service.events
    epoch, _, _ = log.position.partition("-")
    try:
        async for record in log.after(f"{epoch}-0"):
            event = messages.event(record, host.identity, CLOUD_EVENTS)
            message = event.signed(signatures, names.events.name)
            key = f"{host.identity.name}.{record.name}"
            sending = broker.publish(names.publications, key, sent(message))
            window.append(asyncio.create_task(sending))
            if len(window) >= _WINDOW:
                await window.popleft()
        await asyncio.gather(*window)
    finally:
        for task in window:
            task.cancel()
