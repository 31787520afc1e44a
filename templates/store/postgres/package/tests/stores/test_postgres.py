"""The store, in a real server."""

import asyncio
import socket
import uuid
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest
from pydantic import ValidationError
from service_runtime.calls.problem import Problem
from service_runtime.stores import sql
from service_runtime.stores.postgres import Store, StoreSettings
from service_runtime.stores.postgres.upgrade import upgrade
from service_runtime.testing.postgres import fresh_schema
from sqlalchemy import text

from tests.stores.keys_suite import StoreKeysSuite
from tests.stores.suite import Open, StoreSuite, add_counter, count, write_steps


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    return write_steps(tmp_path / "100%" / "migrations")


@pytest.fixture
async def store_settings(migrations: Path) -> AsyncGenerator[StoreSettings]:
    """Settings of an empty store."""
    async with fresh_schema(migrations) as settings:
        yield settings


@pytest.fixture
def open_store(store_settings: StoreSettings, migrations: Path) -> Open:
    return partial(Store.open, store_settings, migrations)


@pytest.fixture
def hurried(store_settings: StoreSettings, migrations: Path) -> Open:
    """The same store, for one who waits 50 ms."""
    settings = store_settings.model_copy(update={"database_lock_seconds": 0.05})
    return partial(Store.open, settings, migrations)


@pytest.fixture
async def store(open_store: Open) -> AsyncGenerator[sql.Store]:
    """An open, empty store."""
    async with open_store() as opened:
        yield opened


class TestPostgres(StoreSuite):
    """As every store."""


class TestPostgresKeys(StoreKeysSuite):
    """Idempotency keys, as in every store."""


async def test_who_upgrades_at_once_takes_turns(
    store_settings: StoreSettings, migrations: Path
) -> None:
    await asyncio.gather(*(upgrade(store_settings, migrations) for _ in range(8)))


async def test_who_upgrades_a_schema_needs_no_right_to_make_one(
    store_settings: StoreSettings, migrations: Path, store: sql.Store
) -> None:
    user, schema = f"user_{uuid.uuid4().hex}", store_settings.database_schema
    async with store.write() as connection:
        await connection.execute(text(f"CREATE ROLE {user} LOGIN PASSWORD 'secret'"))
        await connection.execute(text(f"GRANT ALL ON SCHEMA {schema} TO {user}"))
        await connection.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {user}"))
    address = store_settings.database_address.set(
        drivername="postgresql", username=user, password="secret"
    )
    url = address.render_as_string(hide_password=False)
    try:
        await upgrade(store_settings.model_copy(update={"postgres_url": url}), migrations)
    finally:
        async with store.write() as connection:
            await connection.execute(text(f"DROP OWNED BY {user}"))
            await connection.execute(text(f"DROP ROLE {user}"))


async def test_a_value_that_is_read_for_an_update_is_still_the_same(store: sql.Store) -> None:
    async def increase() -> None:
        async with store.write() as connection:
            query = text("SELECT value FROM counter FOR UPDATE")
            value = await connection.scalar(query) or 0
            change = text("UPDATE counter SET value = :value")
            await connection.execute(change, {"value": value + 1})

    await add_counter(store)
    await asyncio.gather(*(increase() for _ in range(20)))
    async with store.read() as connection:
        assert await count(connection) == 20


async def test_writers_see_what_is_committed_whatever_the_server_does_by_itself(
    store_settings: StoreSettings, migrations: Path
) -> None:
    async with Store.open(store_settings, migrations) as store:
        async with store.engine.begin() as connection:
            await connection.execute(text("SET default_transaction_isolation = 'serializable'"))
        async with store.write() as connection:
            assert await connection.scalar(text("SHOW transaction_isolation")) == "read committed"


async def test_what_is_shared_is_held_at_once(open_store: Open) -> None:
    async with open_store() as one, open_store() as other, one.write() as first:
        await one.hold(first, "name", alone=False)
        async with asyncio.timeout(20), other.write() as second:
            await other.hold(second, "name", alone=False)


async def test_a_text_that_it_cannot_keep_is_no_fault_of_the_service(store: sql.Store) -> None:
    with pytest.raises(Problem) as caught:
        async with store.read() as connection:
            await connection.execute(text("SELECT :text"), {"text": "a\0b"})
    assert caught.value.code == "invalid_argument"


async def unavailable(store: sql.Store, query: str = "SELECT 1") -> None:
    with pytest.raises(Problem) as caught:
        async with store.read() as connection:
            await connection.execute(text(query))
    assert caught.value.code == "unavailable"
    assert caught.value.retry_after is not None


async def test_a_statement_does_not_run_for_ever(
    store_settings: StoreSettings, migrations: Path
) -> None:
    hurried = store_settings.model_copy(update={"database_statement_seconds": 0.5})
    async with Store.open(hurried, migrations) as store:
        await unavailable(store, "SELECT pg_sleep(10)")


async def test_who_finds_no_connection_does_not_wait_for_ever(
    store_settings: StoreSettings, migrations: Path
) -> None:
    changes = {"database_pool_size": 1, "database_pool_seconds": 0.05}
    async with (
        Store.open(store_settings.model_copy(update=changes), migrations) as store,
        store.read() as connection,
    ):
        await connection.execute(text("SELECT 1"))
        await unavailable(store)


async def test_an_error_of_who_uses_it_is_not_one_of_the_database(store: sql.Store) -> None:
    for use in (store.read, store.write):
        with pytest.raises(TimeoutError):
            async with use(), asyncio.timeout(0.05):
                await asyncio.sleep(10)


async def test_nobody_there_is_unavailable(store_settings: StoreSettings, migrations: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://postgres@127.0.0.1:{taken.getsockname()[1]}/postgres"
        nowhere = store_settings.model_copy(update={"postgres_url": url})
        async with Store.open(nowhere, migrations) as store:
            await unavailable(store)


async def test_a_database_or_a_user_that_is_not_there_is_unavailable(
    store_settings: StoreSettings, migrations: Path
) -> None:
    address = store_settings.database_address
    for change in (address.set(database="nowhere"), address.set(username="nobody")):
        url = change.set(drivername="postgresql").render_as_string(hide_password=False)
        nowhere = store_settings.model_copy(update={"postgres_url": url})
        async with Store.open(nowhere, migrations) as store:
            await unavailable(store)


async def test_a_connection_that_the_server_ended_is_replaced(open_store: Open) -> None:
    async with open_store() as one, open_store() as other:
        async with one.read() as connection:
            process = await connection.scalar(text("SELECT pg_backend_pid()"))
        async with other.write() as connection:
            end = text("SELECT pg_terminate_backend(:process, 1000)")
            assert await connection.scalar(end, {"process": process})
        await one.check()


async def test_a_transaction_that_the_server_ended_is_unavailable(open_store: Open) -> None:
    async def cut(store: sql.Store, other: sql.Store) -> None:
        async with store.write() as connection:
            process = await connection.scalar(text("SELECT pg_backend_pid()"))
            async with other.write() as ending:
                end = text("SELECT pg_terminate_backend(:process, 1000)")
                await ending.execute(end, {"process": process})
            await connection.execute(text("SELECT 1"))

    async with open_store() as store, open_store() as other:
        with pytest.raises(Problem) as caught:
            await cut(store, other)
    assert caught.value.code == "unavailable"


def test_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_PASSWORD", "a/b@c")
    monkeypatch.setenv("POSTGRES_URL", "postgresql://me@db:5433/shop")
    assert StoreSettings().database_address.password == "a/b@c"
    assert StoreSettings().database_tls is False
    monkeypatch.setenv("POSTGRES_URL", "postgresql://me:own@db:5433/shop")
    assert StoreSettings().database_address.password == "own"
    monkeypatch.setenv("POSTGRES_TLS", "verify-full")
    context = StoreSettings().database_tls
    assert context
    assert context.check_hostname
    monkeypatch.setenv("POSTGRES_URL", "mysql://db/shop")
    with pytest.raises(ValidationError, match="must be postgresql"):
        StoreSettings()
    monkeypatch.setenv("POSTGRES_URL", "postgresql://me@db/shop?sslmode=require")
    with pytest.raises(ValidationError, match="say them in POSTGRES_TLS"):
        StoreSettings()
