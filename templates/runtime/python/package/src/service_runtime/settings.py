"""The environment, typed and checked."""

import sys
from typing import Annotated, Final, Literal, NoReturn, Self, TypeVar

from pydantic import (
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from service_runtime.calls.runner import Limits

DEVELOPMENT_TOKEN: Final = "development-only"  # noqa: S105 (refused in production)
MIN_TOKEN_LENGTH: Final = 16

Port = Annotated[int, Field(ge=0, le=65535)]


class TlsSettings(BaseSettings):
    """Certificates and keys: PEM files, which are read at the start.

    Attributes:
        tls_ca_file: Who is trusted: brokers, and callers, which have to have a certificate then.
        tls_cert_file: The service's own certificate; with it the service is served over TLS.
        tls_key_file: Its key.
        tls_server_name: Name of brokers in their certificates, where it is not that in the address.
    """

    tls_ca_file: FilePath | None = None
    tls_cert_file: FilePath | None = None
    tls_key_file: FilePath | None = None
    tls_server_name: str | None = None

    @model_validator(mode="after")
    def _keys_have_certificates(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("TLS_CERT_FILE goes with TLS_KEY_FILE")
        return self


class ServiceSettings(TlsSettings):
    """What every service reads from its environment; a variable is its field in upper case.

    Attributes:
        app_env: Where it runs; `production` refuses the defaults that are for development.
        host: Address to listen on.
        port: Port to listen on; 0 is any that is free.
        service_token: What callers must show; several are comma-separated, the first is our own.
        log_level: The least that is logged.
        log_format: `pretty` lines or `json`; when not set, pretty while developing.
        max_body_bytes: Largest request body.
        max_connections: Open connections at most.
        max_concurrency: Calls that run at once.
        max_queue: Calls that wait for a place.
        max_jobs: Jobs that run at once, beside the calls.
        call_timeout_ms: Milliseconds for a call whose caller sets no deadline.
        max_call_timeout_ms: Milliseconds for any call, whatever its caller says.
        idempotency_ttl_seconds: Seconds for which an answer is kept under its key.
        idempotency_max_bytes: Size of all answers kept, as JSON.
        event_buffer: Events kept for listeners that come back.
        drain_seconds: Seconds between "not ready" and the end of listening.
        shutdown_seconds: Seconds after which calls that are still running are cancelled.
    """

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        validate_default=True,
    )

    app_env: Literal["development", "test", "production"] = "development"
    host: str = "127.0.0.1"
    port: Port = 8000
    service_token: SecretStr = SecretStr(DEVELOPMENT_TOKEN)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["pretty", "json"] | None = None

    max_body_bytes: int = Field(default=1024 * 1024, ge=1)
    max_connections: int = Field(default=1000, ge=1)
    max_concurrency: int = Field(default=64, ge=1)
    max_queue: int = Field(default=128, ge=0)
    max_jobs: int = Field(default=16, ge=1)
    call_timeout_ms: int = Field(default=10_000, ge=1)
    max_call_timeout_ms: int = Field(default=300_000, ge=1)
    idempotency_ttl_seconds: float = Field(default=600, gt=0)
    idempotency_max_bytes: int = Field(default=16 * 1024 * 1024, ge=0)
    event_buffer: int = Field(default=1024, ge=1)
    drain_seconds: float = Field(default=0, ge=0)
    shutdown_seconds: int = Field(default=20, ge=1)

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_any_case(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("service_token")
    @classmethod
    def _no_placeholder_in_production(cls, token: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("app_env") != "production":
            return token
        texts = token.get_secret_value().split(",")
        if DEVELOPMENT_TOKEN in texts or min(map(len, texts)) < MIN_TOKEN_LENGTH:
            raise ValueError(
                f"must be set in production, to at least {MIN_TOKEN_LENGTH} random characters"
            )
        return token

    @property
    def service_tokens(self) -> list[str]:
        """All that are accepted."""
        return self.service_token.get_secret_value().split(",")

    @property
    def is_production(self) -> bool:
        """No development defaults and no documentation pages."""
        return self.app_env == "production"

    @property
    def logs_are_pretty(self) -> bool:
        """Lines for people instead of JSON: while developing, unless set otherwise."""
        if self.log_format is None:
            return self.app_env == "development"
        return self.log_format == "pretty"

    @property
    def limits(self) -> Limits:
        """What the service takes on."""
        return Limits(
            concurrency=self.max_concurrency,
            queue=self.max_queue,
            jobs=self.max_jobs,
            default_timeout=self.call_timeout_ms / 1000,
            max_timeout=self.max_call_timeout_ms / 1000,
        )


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def load(settings: type[SettingsT]) -> SettingsT:
    """Read the environment; say all that is wrong with it and exit with 1 when it cannot serve."""
    try:
        return settings()
    except ValidationError as error:
        _refuse(error)


def _refuse(error: ValidationError) -> NoReturn:
    lines = [
        # The value is left out: it may be a secret.
        f"  {'.'.join(str(step) for step in wrong['loc']).upper() or 'together'}: {wrong['msg']}"
        for wrong in error.errors(include_input=False, include_url=False)
    ]
    sys.stderr.write("the environment cannot be used:\n" + "\n".join(lines) + "\n")
    raise SystemExit(1)
