"""The topics and groups of a service."""

from dataclasses import dataclass
from typing import Self

from service_runtime.identity import Identity
from service_runtime.transports.kafka.settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class Names:
    """Names on the broker.

    Attributes:
        requests: Calls.
        orders: Jobs; apart from calls, so that a queue of long ones holds up none.
        replies: Answers to calls.
        events: What the service publishes; one partition, for there is one order of them.
        jobs: What becomes of jobs.
        dead: What could not be done, with where it came from and why.
        callers: The group in which replicas share the calls.
        workers: The group in which they share the jobs: who joins or leaves it waits for jobs
            under way, which calls need not wait for.
    """

    requests: str
    orders: str
    replies: str
    events: str
    jobs: str
    dead: str
    callers: str
    workers: str

    @classmethod
    def of(cls, identity: Identity, settings: KafkaSettings) -> Self:
        """The names of this service."""
        name = f"{settings.kafka_namespace or identity.system}.{identity.name}"
        return cls(
            requests=f"{name}.requests",
            orders=f"{name}.orders",
            replies=f"{name}.replies",
            events=f"{name}.events",
            jobs=f"{name}.jobs",
            dead=f"{name}.dead",
            callers=name,
            workers=f"{name}.orders",
        )
