"""An empty schema in a real server for each test: that of POSTGRES_URL, or the usual one."""

import os
import socket
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from service_runtime.stores.postgres import StoreSettings, connect
from service_runtime.stores.postgres.upgrade import upgrade
from sqlalchemy import text

_CONNECT_SECONDS = 1
_PORT = 5432


def needs_server(settings: StoreSettings) -> None:
    """Leave the test out where no server listens; in CI it fails instead."""
    address = settings.database_address
    place = (address.host or "", address.port or _PORT)
    try:
        socket.create_connection(place, _CONNECT_SECONDS).close()
    except OSError:
        if os.environ.get("CI") != "true":
            pytest.skip(f"no PostgreSQL at {place}: start one, or say in POSTGRES_URL where one is")


@asynccontextmanager
async def fresh_schema(migrations: Path) -> AsyncGenerator[StoreSettings]:
    """Settings of a schema that nobody else has, up to date; gone on leaving."""
    settings = StoreSettings(database_schema=f"test_{uuid.uuid4().hex}")
    needs_server(settings)
    await upgrade(settings, migrations)
    try:
        yield settings
    finally:
        engine = connect(settings)
        async with engine.begin() as connection:
            await connection.execute(text(f'DROP SCHEMA "{settings.database_schema}" CASCADE'))
        await engine.dispose()
