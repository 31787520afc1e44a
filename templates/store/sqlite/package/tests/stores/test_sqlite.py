"""The store, with real files."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest
import structlog
from service_runtime.calls.problem import Problem
from service_runtime.stores import sql, sqlite
from service_runtime.stores.sqlite import Store, StoreSettings
from sqlalchemy import text
from structlog.testing import capture_logs

from tests.stores.suite import Open, StoreSuite, add_counter, count, write_steps


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    return write_steps(tmp_path / "100%" / "migrations")


@pytest.fixture
def store_settings(tmp_path: Path) -> StoreSettings:
    """Settings of a store that does not exist yet."""
    return StoreSettings(database_path=tmp_path / "store" / "test.db")


@pytest.fixture
def open_store(store_settings: StoreSettings, migrations: Path) -> Open:
    return partial(Store.open, store_settings, migrations)


@pytest.fixture
def hurried(store_settings: StoreSettings, migrations: Path) -> Open:
    """The same store, for one who waits 50 ms."""
    settings = store_settings.model_copy(update={"database_busy_seconds": 0.05})
    return partial(Store.open, settings, migrations)


@pytest.fixture
async def store(open_store: Open) -> AsyncGenerator[sql.Store]:
    """An open, empty store."""
    async with open_store() as opened:
        yield opened


class TestSqlite(StoreSuite):
    """As every store."""


async def increase(store: sql.Store) -> None:
    """Read, let others run, write what was read plus one."""
    async with store.write() as connection:
        value = await count(connection)
        await asyncio.sleep(0)
        await connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})


async def test_writers_take_turns(open_store: Open) -> None:
    async with open_store() as one, open_store() as other:
        await add_counter(one)
        await asyncio.gather(*(increase(store) for store in (one, other) for _ in range(20)))
        async with one.read() as connection:
            assert await count(connection) == 40


async def test_a_writer_waits_before_it_reads(store: sql.Store, hurried: Open) -> None:
    async with hurried() as other, store.write():
        with pytest.raises(Problem) as caught:
            async with other.write():
                pass
    assert caught.value.code == "unavailable"
    assert caught.value.retry_after is not None


async def test_what_a_statement_fails_of_is_logged(
    store: sql.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that is bound after this test begins.
    monkeypatch.setattr(sqlite, "_logger", structlog.stdlib.get_logger())
    with capture_logs() as logs, pytest.raises(Problem):
        async with store.read() as connection:
            await connection.execute(text("SELECT 1 FROM nowhere"))
    assert [log["reason"] for log in logs] == ["no such table: nowhere"]


async def test_the_file_is_set_up_to_last(store: sql.Store) -> None:
    async with store.read() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1


async def test_a_file_that_another_program_broke_is_not_ready(
    store: sql.Store,
    store_settings: StoreSettings,
) -> None:
    await store.check()
    other = sqlite3.connect(store_settings.database_path)
    other.execute("DROP TABLE alembic_version")
    other.close()
    with pytest.raises(Problem, match=r"^unavailable: "):
        await store.check()
