"""What the environment says about Kafka."""

from typing import Literal

from pydantic import Field, SecretStr
from service_runtime.settings import TlsSettings


class KafkaSettings(TlsSettings):
    """The part of the settings that belongs to Kafka.

    Attributes:
        kafka_bootstrap_servers: Brokers to begin with, `host:port`, comma-separated.
        kafka_namespace: What names of topics and groups begin with; `""` is the system's name.
        kafka_security_protocol: How brokers are spoken to.
        kafka_sasl_mechanism: How this client proves who it is, where the protocol says SASL.
        kafka_sasl_username: Its name there.
        kafka_sasl_password: Its password there.
        kafka_partitions: Partitions of a new topic: so many replicas can share the work.
        kafka_replication: Copies of each record of a new topic.
        kafka_orders_hours: Hours for which a job waits at most for somebody to do it.
        kafka_jobs_hours: Hours for which the outcome of a job is kept.
        kafka_events_minutes: Minutes for which events are kept for gateways that come back.
        kafka_max_message_bytes: Largest record of a new topic, and largest answer.
        job_tries: How often a job is tried that fails by no fault of its input.
    """

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    kafka_namespace: str = ""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str = ""
    kafka_sasl_password: SecretStr = SecretStr("")
    kafka_partitions: int = Field(default=12, ge=1)
    kafka_replication: int = Field(default=1, ge=1)
    kafka_orders_hours: int = Field(default=168, ge=1)
    kafka_jobs_hours: int = Field(default=24, ge=1)
    kafka_events_minutes: int = Field(default=60, ge=1)
    kafka_max_message_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    job_tries: int = Field(default=3, ge=1)
