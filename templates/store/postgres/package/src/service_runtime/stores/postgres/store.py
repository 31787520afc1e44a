"""Connections to PostgreSQL and transactions on them.

The service neither waits for the server when it starts nor makes its schema: `upgrade` does, before
it starts. Until then, and while the server is away, it is not ready.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, Self

from service_runtime.calls.problem import Problem
from service_runtime.stores.postgres.settings import StoreSettings
from service_runtime.stores.shared import MICROSECONDS, SharedStore
from sqlalchemy import BigInteger, Table, cast, exc, extract, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_MS: Final = 1000

_AWAY: Final = ("08", "25006", "28", "3D000", "40", "53", "55P03", "57")
"""What the codes of errors begin with that another try may not meet: no connection, a server that
only reads for now, who is not let in (yet), a database that is not there (yet), a transaction that
had to give way, no resources, a lock, an intervention.

Source: PostgreSQL, appendix A, "PostgreSQL Error Codes".
"""

_NO_TEXT: Final = "22021"
"""The code of an error about U+0000, which no text of PostgreSQL can have."""


def connect(settings: StoreSettings) -> AsyncEngine:
    """An engine for the database, with a pool of connections that are opened on demand."""
    session = {
        "application_name": settings.database_schema,
        "search_path": settings.database_schema,
        "statement_timeout": str(round(settings.database_statement_seconds * _MS)),
        "lock_timeout": str(round(settings.database_lock_seconds * _MS)),
        # Compiling a query takes longer than the queries of a service do.
        "jit": "off",
    }
    return create_async_engine(
        settings.database_address,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_seconds,
        # A connection of before the server's restart is replaced, not handed out.
        pool_pre_ping=True,
        # Whatever the server's default is: a statement sees what was committed while it waited.
        isolation_level="READ COMMITTED",
        connect_args={
            "timeout": settings.database_connect_seconds,
            "ssl": settings.database_tls,
            "server_settings": session,
        },
    )


class Store(SharedStore):
    """A database whose schema `upgrade` brings up to date; writers work at once."""

    collation = "C"
    now = cast(extract("epoch", func.clock_timestamp()) * MICROSECONDS, BigInteger)

    def __init__(self, engine: AsyncEngine, migrations: Path) -> None:
        """Wrap an engine that `connect` made."""
        super().__init__(engine, migrations)
        # All statements of a transaction see what was there when it began.
        self._reading: Final = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: StoreSettings, migrations: Path) -> AsyncGenerator[Self]:
        """Get ready to connect, whether the server is there or not; on leaving, close all.

        Args:
            settings: Where it is.
            migrations: The folder of the steps to its schema.
        """
        engine = connect(settings)
        try:
            yield cls(engine, migrations)
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """As `sql.Store` has it."""
        with _problems():
            async with _begin(self._reading) as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """As `sql.Store` has it."""
        with _problems():
            async with _begin(self.engine) as connection:
                yield connection

    def insert(self, table: Table) -> Insert:
        """As `sql.Store` has it."""
        return insert(table)

    async def hold(self, connection: AsyncConnection, name: str, *, alone: bool) -> None:
        """As `sql.Store` has it."""
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        schema = func.hashtext(func.current_schema())
        await connection.execute(select(lock(func.hashtext(name), schema)))


@asynccontextmanager
async def _begin(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
            await stack.enter_async_context(connection.begin())
        except (OSError, exc.TimeoutError) as error:
            # Of connecting alone: another one is that of whoever uses the connection.
            raise _unavailable() from error
        yield connection


@contextmanager
def _problems() -> Generator[None]:
    try:
        yield
    except exc.DBAPIError as error:
        code = getattr(error.orig, "sqlstate", None) or ""
        if error.connection_invalidated or code.startswith(_AWAY):
            raise _unavailable() from error
        if code == _NO_TEXT:
            raise Problem("invalid_argument", "text cannot have U+0000 in it") from error
        raise


def _unavailable() -> Problem:
    return Problem("unavailable", "the database cannot be used", retry_after=1.0)
