"""The queues and exchanges of a service, declared by whoever comes first: service or gateway.

The gateway has the same in `src/transports/rabbitmq/topology.ts`. RabbitMQ refuses a declaration
that differs from what is there, so nothing in it may be a setting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aio_pika.abc import AbstractChannel
from service_runtime.transports.rabbitmq.settings import MAX_TRIES

Arguments = Mapping[str, str | int]

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, and what brings messages to it beside its own name."""

    name: str
    arguments: Arguments
    exchange: str = ""
    routing_key: str = ""


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that belongs to a service.

    Attributes:
        requests: Calls. One is delivered again when the process that had it is gone, and not for
            ever; nobody waits for it longer than its own expiration.
        accept: Where an order goes: to `orders` and, as its first step, to `jobs`, at once.
        orders: Jobs, until they are done. What kills process after process ends in `dead`.
        jobs: What becomes of jobs; a stream, so that every gateway reads all of it.
        dead: What was given up.
        publications: Where the events of all services go, by `<service>.<event>`.
        events: Those of this service; a stream.
    """

    requests: Queue
    accept: str
    orders: Queue
    jobs: Queue
    dead: Queue
    publications: str
    events: Queue

    @property
    def queues(self) -> tuple[Queue, ...]:
        """In the order in which they are declared."""
        return (self.requests, self.dead, self.orders, self.jobs, self.events)


def topology(namespace: str, service: str) -> Topology:
    """What belongs to `service`, by names that begin with `namespace`."""
    name = f"{namespace}.{service}"
    accept, publications = f"{name}.orders", f"{namespace}.events"
    return Topology(
        requests=Queue(
            f"{name}.requests",
            {
                "x-queue-type": "quorum",
                "x-delivery-limit": 2,
                "x-max-length": 10_000,
                "x-overflow": "reject-publish",
            },
        ),
        accept=accept,
        orders=Queue(
            f"{name}.orders",
            {
                "x-queue-type": "quorum",
                "x-delivery-limit": MAX_TRIES,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": f"{name}.dead",
                # Only so is a message never lost between the two queues.
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            },
            exchange=accept,
        ),
        jobs=Queue(
            f"{name}.jobs",
            {
                "x-queue-type": "stream",
                "x-max-age": "7D",
                "x-max-length-bytes": 256 * _MIB,
                "x-stream-max-segment-size-bytes": 32 * _MIB,
            },
            exchange=accept,
        ),
        dead=Queue(f"{name}.dead", {"x-queue-type": "quorum"}),
        publications=publications,
        events=Queue(
            f"{name}.events",
            {
                "x-queue-type": "stream",
                "x-max-age": "1D",
                "x-max-length-bytes": 64 * _MIB,
                "x-stream-max-segment-size-bytes": 8 * _MIB,
            },
            exchange=publications,
            routing_key=f"{service}.#",
        ),
    )


async def declare(channel: AbstractChannel, names: Topology) -> None:
    """Make what is not there yet.

    Raises:
        ChannelPreconditionFailed: Something is there that differs.
    """
    await channel.declare_exchange(names.accept, "fanout", durable=True)
    await channel.declare_exchange(names.publications, "topic", durable=True)
    for wanted in names.queues:
        queue = await channel.declare_queue(
            wanted.name, durable=True, arguments=dict(wanted.arguments)
        )
        if wanted.exchange:
            await queue.bind(wanted.exchange, wanted.routing_key)
