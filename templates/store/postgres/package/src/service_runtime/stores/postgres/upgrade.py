"""Bring the schema of a service up to date: `python -m ...stores.postgres.upgrade PACKAGE`.

Run before the service starts, once, however many replicas it has.
"""

import asyncio
import sys
from importlib import import_module
from pathlib import Path

from service_runtime.settings import load
from service_runtime.stores.postgres.settings import StoreSettings
from service_runtime.stores.postgres.store import Store, connect
from sqlalchemy import text


async def upgrade(settings: StoreSettings, migrations: Path) -> None:
    """Take the steps that are not taken yet, all of them or none; who comes second waits."""
    engine = connect(settings)
    schema = settings.database_schema
    try:
        async with engine.begin() as connection:
            # A step may take long; the lock of the schema is waited for as long as that.
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(text("SET LOCAL lock_timeout = 0"))
            lock = text("SELECT pg_advisory_xact_lock(hashtext('schema'), hashtext(:schema))")
            await connection.execute(lock, {"schema": schema})
            # Who may make none may use one that is there.
            there = text("SELECT 1 FROM pg_namespace WHERE nspname = :schema")
            if not await connection.scalar(there, {"schema": schema}):
                await connection.execute(text(f'CREATE SCHEMA "{schema}"'))
            # A step does not wait long for a table that is in use, with everybody behind it: the
            # job fails, and is run again. What it has locked stays locked until all are taken.
            await connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
            await connection.run_sync(Store.upgrade, migrations)
    finally:
        await engine.dispose()


def main() -> None:
    """Upgrade what the environment names."""
    [package] = sys.argv[1:]
    settings = load(import_module(f"{package}.settings").Settings)
    asyncio.run(upgrade(settings, import_module(f"{package}.store").MIGRATIONS))


if __name__ == "__main__":
    main()
