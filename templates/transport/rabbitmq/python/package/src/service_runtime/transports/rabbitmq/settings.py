"""What the environment says of RabbitMQ."""

from typing import Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from service_runtime.settings import TlsSettings
from yarl import URL

MAX_TRIES: Final = 20
"""Tries of a job after which RabbitMQ itself gives it up: part of its queue, so no setting."""

_GUEST: Final = "guest"


class RabbitmqSettings(TlsSettings):
    """Mixed into the settings of a service that RabbitMQ serves.

    A handler's time (`max_call_timeout_ms`) has to stay below the consumer timeout of the broker,
    30 minutes unless set otherwise, after which it takes the message away.

    Attributes:
        rabbitmq_url: Where the broker is; with a user or without.
        rabbitmq_password: Of the system's own user; not read when the address has one.
        rabbitmq_namespace: What the names of queues begin with; the system's name when empty.
        rabbitmq_prefetch: Calls that are handed over before one of them is answered. More than run
            and wait, so that the service refuses what is too much as it does over HTTP.
        job_tries: How often a job is tried.
    """

    rabbitmq_url: str = "amqp://127.0.0.1:5672"
    rabbitmq_password: SecretStr = SecretStr("")
    rabbitmq_namespace: str = Field(default="", pattern=r"^[A-Za-z0-9._-]*$")
    rabbitmq_prefetch: int = Field(default=256, ge=1, le=65535)
    job_tries: int = Field(default=3, ge=1, le=MAX_TRIES)

    @field_validator("rabbitmq_url")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        url = URL(text)
        if url.scheme not in {"amqp", "amqps"} or not url.host:
            raise ValueError("must be amqp://host:port or amqps://host:port")
        return text

    @model_validator(mode="after")
    def _no_guest_in_production(self) -> Self:
        production = getattr(self, "app_env", "") == "production"
        if production and URL(self.rabbitmq_url).password is None and not self._password:
            raise ValueError("RABBITMQ_PASSWORD must be set in production")
        return self

    @property
    def _password(self) -> str:
        return self.rabbitmq_password.get_secret_value()

    def rabbitmq_address(self, system: str) -> URL:
        """The broker's address with who logs in, for whoever does not say.

        Args:
            system: The name of the system, which is its user's.
        """
        url = URL(self.rabbitmq_url)
        if url.password is not None:
            return url
        if not self._password:
            return url.with_user(url.user or _GUEST).with_password(_GUEST)
        return url.with_user(url.user or system).with_password(self._password)
