"""A store in an SQLite file, opened by this process alone.

The steps to its schema are taken when the service starts.
"""

import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final, Self

import structlog
from pydantic import Field
from pydantic_settings import BaseSettings
from service_runtime.calls.problem import Problem
from service_runtime.stores import sql
from sqlalchemy import URL, Connection, Table, event
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import TypeCompiler

_WRITES: Final = "writes"

_logger = structlog.stdlib.get_logger(__name__)


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


class Store(sql.Store):
    """An open database whose schema is up to date; one writes at a time."""

    collation = "BINARY"

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
            store = cls(engine, migrations)
            # One transaction, begun as a writer: who starts at the same time waits here.
            async with store.write() as connection:
                await connection.run_sync(cls.upgrade, migrations)
            yield store
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """As `sql.Store` has it."""
        with _problems():
            async with self.engine.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """As `sql.Store` has it; nobody else writes meanwhile."""
        with _problems():
            async with self.engine.connect() as connection:
                await connection.execution_options(**{_WRITES: True})
                async with connection.begin():
                    yield connection

    def insert(self, table: Table) -> Insert:
        """As `sql.Store` has it."""
        return insert(table)

    async def hold(self, connection: AsyncConnection, name: str, *, alone: bool) -> None:
        """As `sql.Store` has it: who writes has everything alone."""


@compiles(sql.RowNumber, "sqlite")
def _row_number(_type: sql.RowNumber, _compiler: TypeCompiler, **_options: object) -> str:
    # A key of this very type alone is counted up (https://sqlite.org/autoinc.html).
    return "INTEGER"


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
        # A mistake in a statement is one, too.
        _logger.warning("the database cannot be used", reason=str(error.orig))
        raise Problem("unavailable", "the database cannot be used", retry_after=1.0) from error
