import ssl
from collections.abc import Mapping, Sequence
from typing import TypedDict

from aiokafka import OffsetAndMetadata, TopicPartition

from .config_resource import ConfigResource

class NewTopic:
    def __init__(
        self,
        name: str,
        num_partitions: int,
        replication_factor: int,
        *,
        topic_configs: Mapping[str, str] | None = ...,
    ) -> None: ...

class CreateTopicsResponse:
    topic_errors: Sequence[tuple[str, int, str | None]]

class DescribeConfigsResponse:
    resources: Sequence[tuple[int, str | None, int, str, Sequence[tuple[str, str]]]]

class DescribedTopic(TypedDict):
    topic: str
    error_code: int
    partitions: Sequence[object]

class AIOKafkaAdminClient:
    def __init__(
        self,
        *,
        bootstrap_servers: str = ...,
        client_id: str = ...,
        request_timeout_ms: int = ...,
        metadata_max_age_ms: int = ...,
        security_protocol: str = ...,
        ssl_context: ssl.SSLContext | None = ...,
        sasl_mechanism: str = ...,
        sasl_plain_username: str | None = ...,
        sasl_plain_password: str | None = ...,
    ) -> None: ...
    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def create_topics(self, new_topics: Sequence[NewTopic]) -> CreateTopicsResponse: ...
    async def delete_topics(self, topics: Sequence[str]) -> object: ...
    async def describe_topics(self, topics: Sequence[str]) -> Sequence[DescribedTopic]: ...
    async def describe_cluster(self) -> dict[str, object]: ...
    async def describe_configs(
        self, config_resources: Sequence[ConfigResource]
    ) -> Sequence[DescribeConfigsResponse]: ...
    async def list_consumer_group_offsets(
        self, group_id: str, *, partitions: Sequence[TopicPartition] | None = ...
    ) -> dict[TopicPartition, OffsetAndMetadata]: ...
