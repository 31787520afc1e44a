"""The store, with real files."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from service_runtime.calls.problem import Problem
from service_runtime.stores.sqlite import Store, StoreSettings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MIGRATIONS = Path(__file__).with_name("migrations")


@pytest.fixture
def store_settings(tmp_path: Path) -> StoreSettings:
    """Settings of a store that does not exist yet."""
    return StoreSettings(database_path=tmp_path / "store" / "test.db")


@pytest.fixture
async def store(store_settings: StoreSettings) -> AsyncGenerator[Store]:
    """An open, empty store."""
    async with Store.open(store_settings, MIGRATIONS) as opened:
        yield opened


async def count(connection: AsyncConnection) -> int:
    value = await connection.scalar(text("SELECT value FROM counter"))
    assert isinstance(value, int)
    return value


async def add_counter(store: Store) -> None:
    async with store.write() as connection:
        await connection.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))


async def increase(store: Store) -> None:
    """Read, let others run, write what was read plus one."""
    async with store.write() as connection:
        value = await count(connection)
        await asyncio.sleep(0)
        await connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})


async def test_what_was_written_is_there_when_it_is_opened_again(
    store_settings: StoreSettings,
) -> None:
    async with Store.open(store_settings, MIGRATIONS) as store:
        await add_counter(store)
        await increase(store)
    async with Store.open(store_settings, MIGRATIONS) as store, store.read() as connection:
        assert await count(connection) == 1


async def test_many_may_start_at_once(store_settings: StoreSettings) -> None:
    async def start() -> None:
        async with Store.open(store_settings, MIGRATIONS) as store:
            await store.check()

    await asyncio.gather(*(start() for _ in range(8)))


async def test_writers_take_turns(store_settings: StoreSettings) -> None:
    async with (
        Store.open(store_settings, MIGRATIONS) as one,
        Store.open(store_settings, MIGRATIONS) as other,
    ):
        await add_counter(one)
        await asyncio.gather(*(increase(store) for store in (one, other) for _ in range(20)))
        async with one.read() as connection:
            assert await count(connection) == 40


async def test_readers_do_not_wait_for_a_writer(store: Store) -> None:
    await add_counter(store)
    async with store.write() as writer:
        await writer.execute(text("UPDATE counter SET value = 1"))
        async with store.read() as reader:
            assert await count(reader) == 0
    async with store.read() as reader:
        assert await count(reader) == 1


async def test_an_error_takes_everything_back(store: Store) -> None:
    await add_counter(store)

    async def fail() -> None:
        async with store.write() as connection:
            await connection.execute(text("UPDATE counter SET value = 1"))
            raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        await fail()
    async with store.read() as connection:
        assert await count(connection) == 0


async def test_a_writer_does_not_wait_for_ever(store_settings: StoreSettings) -> None:
    hurried = store_settings.model_copy(update={"database_busy_seconds": 0.05})
    async with (
        Store.open(store_settings, MIGRATIONS) as one,
        Store.open(hurried, MIGRATIONS) as other,
        one.write(),
    ):
        with pytest.raises(Problem) as caught:
            async with other.write():
                pass
    assert caught.value.code == "unavailable"
    assert caught.value.retry_after is not None


async def test_the_file_is_set_up_to_last(store: Store) -> None:
    async with store.read() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1


async def test_a_broken_database_is_not_ready(
    store: Store,
    store_settings: StoreSettings,
) -> None:
    await store.check()
    other = sqlite3.connect(store_settings.database_path)
    other.execute("DROP TABLE alembic_version")
    other.close()
    with pytest.raises(Problem) as caught:
        await store.check()
    assert caught.value.code == "unavailable"
