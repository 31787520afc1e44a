"""What every SQL store is: transactions, and a schema that is made step by step.

`versions/` in the folder of the steps holds one file each, the same for every store. A new step:
`uv run alembic revision -m "what it does"`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory
from service_runtime.calls.problem import Problem
from sqlalchemy import BigInteger, Column, Connection, Insert, Table, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_VERSION: Final = "alembic_version"


class RowNumber(BigInteger):
    """The type of a primary key that the database counts up."""


class DialectInsert(Protocol):
    """Inserts rows as a dialect has it that can say what a conflict leads to."""

    def on_conflict_do_update(
        self, *, index_elements: list[Column[Any]], set_: dict[str, Any]
    ) -> Insert:
        """Changes the row that is there instead."""
        ...

    def on_conflict_do_nothing(self) -> Insert:
        """Leaves the row that is there as it is."""
        ...


class Store(ABC):
    """An open database.

    Attributes:
        collation: The collation that orders strings by their code points, as every database has it
            under its own name.
        own_migrations: Folders of steps that are not the service's, and are taken before those; by
            the table that says how far they are, so that nobody else's steps stand between them.
        own_tables: What the database has that no step of the service makes.
        engine: The pool of connections.
    """

    collation: ClassVar[str]
    own_migrations: ClassVar[Mapping[str, Path]] = {}
    own_tables: ClassVar[frozenset[str]] = frozenset({_VERSION})

    def __init__(self, engine: AsyncEngine, migrations: Path) -> None:
        """Wrap an engine of the database whose schema the steps in `migrations` make."""
        self.engine: Final = engine
        folders = {**self.own_migrations, _VERSION: migrations}
        self._known: Final = {table: revisions(folder) for table, folder in folders.items()}

    @classmethod
    def upgrade(cls, connection: Connection, folder: Path, revision: str = "head") -> None:
        """Take every step in a folder up to a revision, in the transaction that `connection` is in.

        Steps that are not the service's are taken before, all of them.
        """
        for table, own in cls.own_migrations.items():
            command.upgrade(_config(connection, own, table), "head")
        command.upgrade(_config(connection, folder, _VERSION), revision)

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection that sees the database as it is now, until it is left.

        Raises:
            Problem: `unavailable` when the database cannot be used.
        """

    @abstractmethod
    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection that writes; committed on leaving, rolled back on an error.

        What was read with it may be changed by another writer before it writes, unless it was read
        `with_for_update()`: a new value is best computed where it is written (`value = value + 1`).

        Raises:
            Problem: `unavailable` when another writer does not end, or the database cannot be used.
        """

    @abstractmethod
    async def hold(self, connection: AsyncConnection, name: str, *, alone: bool) -> None:
        """Hold `name` until the transaction of a `write` ends; wait for who has it otherwise.

        Args:
            connection: Of `write`.
            name: What is held is up to its holders; no row or table is locked.
            alone: Nobody else holds it meanwhile. Otherwise others may who do not want it alone.

        Raises:
            Problem: `unavailable` when another one does not end.
        """

    @abstractmethod
    def insert(self, table: Table) -> DialectInsert:
        """Inserts rows, in the dialect of the database."""

    def insert_or_add(self, table: Table, column: str) -> Insert:
        """Inserts rows; where one has that primary key already, adds `column` to what it holds."""
        # As SQL's dialects call the row that is not inserted.
        excluded = table.alias("excluded")
        return self.insert(table).on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={column: table.c[column] + excluded.c[column]},
        )

    def insert_or_leave(self, table: Table) -> Insert:
        """Inserts rows; leaves out one whose primary key is there already."""
        return self.insert(table).on_conflict_do_nothing()

    async def check(self) -> None:
        """Return when the database answers and has the schema that this code needs.

        Raises:
            Problem: `unavailable` when it does not.
        """
        async with self.read() as connection:
            for table, steps in self._known.items():
                query = text(f"SELECT version_num FROM {table}")  # noqa: S608 (ours)
                try:
                    current = await connection.scalar(query)
                except ProgrammingError as error:
                    raise Problem("unavailable", "the database has no schema") from error
                # A step that is not known here is one of newer code, which runs beside this while
                # it is replaced.
                if current is None or current in steps[1:]:
                    raise Problem(
                        "unavailable", "the schema of the database is older than the service"
                    )


def revisions(folder: Path) -> list[str]:
    """The steps in a folder, the newest first."""
    return [step.revision for step in ScriptDirectory(str(folder)).walk_revisions()]


def downgrade(connection: Connection, folder: Path, revision: str) -> None:
    """Take back the service's steps after a revision (`base`: all); see `Store.upgrade`."""
    command.downgrade(_config(connection, folder, _VERSION), revision)


def _config(connection: Connection, folder: Path, version_table: str) -> Config:
    config = Config()
    # To its parser `%` begins a reference.
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=version_table)
    return config


def migrate(connect: Callable[[], AsyncEngine] | None = None) -> None:
    """Run the steps that alembic was asked for; called by `migrations/env.py`.

    Args:
        connect: Makes an engine, for `alembic` on the command line; `upgrade` gives a connection.
    """
    if connect and "connection" not in context.config.attributes:
        asyncio.run(_migrate_by(connect()))
    else:
        _migrate(context.config.attributes["connection"])


def _migrate(connection: Connection) -> None:
    # An upgrade is done as a whole or not at all.
    table = context.config.attributes.get("version_table", _VERSION)
    context.configure(connection=connection, transactional_ddl=True, version_table=table)
    with context.begin_transaction():
        context.run_migrations()


async def _migrate_by(engine: AsyncEngine) -> None:
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()
