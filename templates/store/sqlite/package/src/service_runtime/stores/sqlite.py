"""A store in an SQLite file, opened by this process alone.

Its schema is made step by step: `versions/` in the folder of the steps holds one file each. A new
step: `uv run alembic revision -m "what it does"`. It is applied when the service starts.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from alembic import command, context
from alembic.config import Config
from pydantic import Field
from pydantic_settings import BaseSettings
from service_runtime.calls.problem import Problem
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_WRITES: Final = "writes"


class StoreSettings(BaseSettings):
    """Part of the service's settings.

    Attributes:
        database_path: The database file; its folder is made when missing.
        database_busy_seconds: Seconds that a writer waits for another one.
    """

    database_path: Path = Path("data/store.db")
    database_busy_seconds: float = Field(default=5, gt=0, le=60)


def connect(settings: StoreSettings) -> AsyncEngine:
    """An engine for the database file, with a pool of connections that are opened on demand."""
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(settings.database_path)),
        connect_args={"timeout": settings.database_busy_seconds},
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


class Store:
    """An open database whose schema is up to date."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Wrap an engine that `connect` made."""
        self.engine: Final = engine

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: StoreSettings, migrations: Path) -> AsyncGenerator[Self]:
        """Open the database and bring its schema up to date; on leaving, close it.

        Args:
            settings: Where it is.
            migrations: The folder of the steps to its schema.
        """
        settings.database_path.parent.mkdir(parents=True, exist_ok=True)
        engine = connect(settings)
        try:
            store = cls(engine)
            # One transaction, begun as a writer: who starts at the same time waits here.
            async with store.write() as connection:
                await connection.run_sync(upgrade, migrations)
            yield store
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that sees the database as it is now, until it is left.

        Raises:
            Problem: `unavailable` when the database cannot be used.
        """
        with _problems():
            async with self.engine.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that alone may write; committed on leaving, rolled back on an error.

        Raises:
            Problem: `unavailable` when another writer does not end, or the database cannot be used.
        """
        with _problems():
            async with self.engine.connect() as connection:
                await connection.execution_options(**{_WRITES: True})
                async with connection.begin():
                    yield connection

    async def check(self) -> None:
        """Return when the database answers.

        Raises:
            Problem: `unavailable` when it does not.
        """
        async with self.read() as connection:
            await connection.execute(text("SELECT version_num FROM alembic_version"))


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    # The driver begins no transaction of its own accord: `_begin` does, and says which.
    connection.isolation_level = None
    cursor = connection.cursor()
    # Readers and the writer do not wait for each other; with it, NORMAL loses at most the last
    # commits when the power fails, and never the database (https://sqlite.org/pragma.html).
    # Locked: another one, which opens the new file at the same time, is about to set it.
    with suppress(sqlite3.OperationalError):
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for its turn: it fails at once.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _problems() -> Generator[None]:
    try:
        yield
    except OperationalError as error:
        raise Problem("unavailable", "the database cannot be used", retry_after=1.0) from error


def upgrade(connection: Connection, folder: Path, revision: str = "head") -> None:
    """Apply every step up to a revision, in the transaction that the connection is in."""
    command.upgrade(_config(connection, folder), revision)


def downgrade(connection: Connection, folder: Path, revision: str) -> None:
    """Take back every step after a revision (`base`: all), in the connection's transaction."""
    command.downgrade(_config(connection, folder), revision)


def _config(connection: Connection, folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    return config


def migrate() -> None:
    """Run the steps that alembic was asked for; called by `migrations/env.py`.

    By the connection that `upgrade` gives or, for `alembic` on the command line, one of its own.
    """
    given: Connection | None = context.config.attributes.get("connection")
    if given is None:
        asyncio.run(_migrate_by_settings())
    else:
        _migrate(given)


def _migrate(connection: Connection) -> None:
    # SQLite takes back changes of the schema, too: an upgrade is done as a whole or not at all.
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


async def _migrate_by_settings() -> None:
    engine = connect(StoreSettings())
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()
