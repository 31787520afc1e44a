"""The topics of a service: which there must be, and whether they are there."""

from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.settings import KafkaSettings

HEADROOM: Final = 64 * 1024
"""Bytes of headers that a record has beside its body; dead letters have the most."""

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_UNKNOWN_TOPIC: Final = 3


class TopicError(KafkaError):
    """A topic is not there, or is not as it must be."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it must be.

    Attributes:
        name: Its name.
        partitions: How many at least; events must have exactly one, for there is one order of them.
        retention_ms: For how long records are kept, once made.
    """

    name: str
    partitions: int
    retention_ms: int


def topics_of(names: Names, settings: KafkaSettings) -> list[Topic]:
    """All topics of a service."""
    shared = settings.kafka_partitions
    return [
        Topic(names.requests, shared, _HOUR_MS),
        Topic(names.orders, shared, settings.kafka_orders_hours * _HOUR_MS),
        Topic(names.replies, shared, _HOUR_MS),
        Topic(names.events, 1, settings.kafka_events_minutes * _MINUTE_MS),
        Topic(names.jobs, shared, settings.kafka_jobs_hours * _HOUR_MS),
        Topic(names.dead, 1, settings.kafka_orders_hours * _HOUR_MS),
    ]


async def make_topics(
    admin: AIOKafkaAdminClient, names: Names, settings: KafkaSettings
) -> list[str]:
    """Make the topics that are missing, and look at those that are there.

    Returns:
        What was done, a line each.

    Raises:
        TopicError: One that is there does not fit; it says what to change.
        KafkaError: The broker does not answer, or does not allow it.
    """
    wanted = topics_of(names, settings)
    largest = settings.kafka_max_message_bytes + HEADROOM
    response = await admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partitions,
                settings.kafka_replication,
                topic_configs={
                    "cleanup.policy": "delete",
                    "max.message.bytes": str(largest),
                    "retention.ms": str(topic.retention_ms),
                    # What is past its time goes a whole segment at a time.
                    "segment.ms": str(max(_MINUTE_MS, topic.retention_ms // 6)),
                },
            )
            for topic in wanted
        ]
    )
    existing: set[str] = set()
    done: list[str] = []
    for name, code, message in response.topic_errors:
        if code == TopicAlreadyExistsError.errno:
            existing.add(name)
        elif code:
            raise TopicError(f"{name} cannot be made: {message or for_code(code).__name__}")
        else:
            done.append(f"{name} is made")
    for topic in wanted:
        if topic.name in existing:
            await _check(admin, topic, names, largest)
            done.append(f"{topic.name} is there")
    return done


async def check_topic(admin: AIOKafkaAdminClient, name: str) -> None:
    """Return when a topic is there.

    Raises:
        TopicError: It is not; says how to make it.
    """
    await _partitions(admin, name)


async def _partitions(admin: AIOKafkaAdminClient, name: str) -> int:
    described = await admin.describe_topics([name])
    for topic in described:
        if topic["error_code"] == _UNKNOWN_TOPIC:
            package = __package__ or ""
            raise TopicError(f"there is no topic {name}: `python -m {package}.create` makes it")
        if topic["error_code"]:
            raise for_code(topic["error_code"])
    return len(described[0]["partitions"])


async def _check(admin: AIOKafkaAdminClient, topic: Topic, names: Names, largest: int) -> None:
    partitions = await _partitions(admin, topic.name)
    if topic.name == names.events and partitions != 1:
        raise TopicError(f"{topic.name} has {partitions} partitions, and must have 1")
    if partitions < topic.partitions:
        raise TopicError(
            f"{topic.name} has {partitions} partitions, fewer than KAFKA_PARTITIONS="
            f"{topic.partitions}: add some (kafka-topics.sh --alter), or lower the setting"
        )
    (response,) = await admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, topic.name, {"max.message.bytes": None})]
    )
    for _code, _message, _kind, _name, entries in response.resources:
        for entry in entries:
            if entry[0] == "max.message.bytes" and int(entry[1]) < largest:
                raise TopicError(
                    f"{topic.name} takes records of {entry[1]} bytes, and must take {largest}: "
                    "raise its max.message.bytes, or lower KAFKA_MAX_MESSAGE_BYTES"
                )
