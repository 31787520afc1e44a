"""What the environment says of PostgreSQL."""

import ssl
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from service_runtime.settings import TlsSettings
from sqlalchemy import URL, make_url

_DRIVER = "postgresql+asyncpg"


class StoreSettings(TlsSettings):
    """Part of the service's settings.

    A process has `database_pool_size` connections at most. Those of all processes have to fit the
    server's `max_connections`, of which three are kept for who looks after it:
    `services * (replicas + 1) * database_pool_size + 3 <= max_connections`, where one more replica
    is there while a new version takes the place of the old one.

    Attributes:
        postgres_url: Where the server is, and which database; with a password or without.
        postgres_password: Not read when the address has one.
        postgres_tls: `off`; `verify-ca`: the server has a certificate of `tls_ca_file`, or of an
            authority that the system knows; `verify-full`: which is of its name, too.
        database_schema: Holds the tables of the service; made by the first upgrade.
        database_pool_size: Connections at most.
        database_pool_seconds: Seconds that a call waits for one of them.
        database_connect_seconds: Seconds that connecting may take.
        database_statement_seconds: Seconds that a statement may take.
        database_lock_seconds: Seconds that a statement waits for another transaction.
    """

    postgres_url: str = "postgresql://postgres@127.0.0.1:5432/postgres"
    postgres_password: SecretStr = SecretStr("")
    postgres_tls: Literal["off", "verify-ca", "verify-full"] = "off"
    database_schema: str = Field(default="public", pattern=r"^[a-z_][a-z0-9_]{0,62}$")
    database_pool_size: int = Field(default=5, ge=1, le=1000)
    database_pool_seconds: float = Field(default=5, gt=0, le=60)
    database_connect_seconds: float = Field(default=5, gt=0, le=60)
    database_statement_seconds: float = Field(default=30, gt=0, le=3600)
    database_lock_seconds: float = Field(default=5, gt=0, le=3600)

    @field_validator("postgres_url")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        scheme, _, rest = text.partition("://")
        if scheme not in {"postgres", "postgresql"} or not make_url(f"{_DRIVER}://{rest}").host:
            raise ValueError("must be postgresql://user:password@host:port/database")
        if "?" in rest:
            raise ValueError("has no options: say them in POSTGRES_TLS and DATABASE_*")
        return text

    @model_validator(mode="after")
    def _no_open_door_in_production(self) -> Self:
        production = getattr(self, "app_env", "") == "production"
        if production and not self.database_address.password:
            raise ValueError("POSTGRES_PASSWORD must be set in production")
        return self

    @property
    def database_address(self) -> URL:
        """The server's address with the password, for the driver."""
        _, _, rest = self.postgres_url.partition("://")
        url = make_url(f"{_DRIVER}://{rest}")
        given = self.postgres_password.get_secret_value()
        return url if url.password or not given else url.set(password=given)

    @property
    def database_tls(self) -> ssl.SSLContext | Literal[False]:
        """How the server is trusted.

        Raises:
            OSError: A file holds no certificate, or the key is another's.
        """
        if self.postgres_tls == "off":
            return False
        context = ssl.create_default_context(cafile=self.tls_ca_file)
        context.check_hostname = self.postgres_tls == "verify-full"
        if self.tls_cert_file:
            context.load_cert_chain(self.tls_cert_file, self.tls_key_file)
        return context
