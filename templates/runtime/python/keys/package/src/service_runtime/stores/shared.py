"""A database that the replicas of a service share, with a table for their idempotency keys."""

from pathlib import Path
from typing import ClassVar, Final

from service_runtime.stores.sql import Store
from sqlalchemy import BigInteger, Column, MetaData, SQLColumnExpression, String, Table, Text

MICROSECONDS: Final = 1_000_000
"""In a second."""

KEYS: Final = Table(
    "runtime_idempotency_keys",
    MetaData(),
    # SHA-256 of the key and of what is asked, in hexadecimal.
    Column("key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    # Of each run its own.
    Column("owner", String(32), nullable=False),
    Column("state", String(9), nullable=False),
    # Microseconds since the epoch: the end of the lease, and later that of the outcome.
    Column("until", BigInteger, nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
)


class SharedStore(Store):
    """A database that replicas share, with a table for the keys.

    Attributes:
        now: The time by the clock of the database, which is one for all replicas; in microseconds
            since the epoch.
    """

    now: ClassVar[SQLColumnExpression[int]]
    own_migrations: ClassVar = {"runtime_version": Path(__file__).with_name("migrations")}
    own_tables = Store.own_tables | {"runtime_version", KEYS.name}
