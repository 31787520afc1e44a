"""What holds for every store; the tests of each run it over a database of its own."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import pytest
from service_runtime.calls.problem import Problem
from service_runtime.stores.sql import Store
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

ENVIRONMENT: Final = "from service_runtime.stores.sql import migrate\n\nmigrate()\n"
STEP: Final = """
revision, down_revision = {revision!r}, {before!r}


def upgrade() -> None: ...


def downgrade() -> None: ...
"""

Open = Callable[[], AbstractAsyncContextManager[Store]]
"""Opens the database of the test; several times at once, too."""


def write_steps(folder: Path) -> Path:
    """Two steps to a schema, each of which makes nothing."""
    versions = folder / "versions"
    versions.mkdir(parents=True)
    (folder / "env.py").write_text(ENVIRONMENT)
    for revision, before in (("0001", None), ("0002", "0001")):
        step = STEP.format(revision=revision, before=before)
        (versions / f"{revision}.py").write_text(step)
    return folder


async def count(connection: AsyncConnection) -> int:
    value = await connection.scalar(text("SELECT value FROM counter"))
    assert isinstance(value, int)
    return value


async def add_counter(store: Store) -> None:
    async with store.write() as connection:
        await connection.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))


async def increase(store: Store) -> None:
    async with store.write() as connection:
        await connection.execute(text("UPDATE counter SET value = value + 1"))


class StoreSuite:
    """A store's own tests inherit it, beside fixtures `open_store` and `store`."""

    async def test_what_was_written_is_there_when_it_is_opened_again(
        self, open_store: Open
    ) -> None:
        async with open_store() as store:
            await add_counter(store)
            await increase(store)
        async with open_store() as store, store.read() as connection:
            assert await count(connection) == 1

    async def test_many_may_start_at_once(self, open_store: Open) -> None:
        async def start() -> None:
            async with open_store() as store:
                await store.check()

        await asyncio.gather(*(start() for _ in range(8)))

    async def test_no_writer_undoes_what_another_one_wrote(self, open_store: Open) -> None:
        async with open_store() as one, open_store() as other:
            await add_counter(one)
            await asyncio.gather(*(increase(store) for store in (one, other) for _ in range(20)))
            async with one.read() as connection:
                assert await count(connection) == 40

    async def test_readers_do_not_wait_for_a_writer(self, store: Store) -> None:
        await add_counter(store)
        async with store.write() as writer:
            await writer.execute(text("UPDATE counter SET value = 1"))
            async with store.read() as reader:
                assert await count(reader) == 0
        async with store.read() as reader:
            assert await count(reader) == 1

    async def test_a_reader_sees_one_moment(self, store: Store) -> None:
        await add_counter(store)
        async with store.read() as reader:
            assert await count(reader) == 0
            await increase(store)
            assert await count(reader) == 0

    async def test_an_error_takes_everything_back(self, store: Store) -> None:
        await add_counter(store)

        async def fail() -> None:
            async with store.write() as connection:
                await connection.execute(text("UPDATE counter SET value = 1"))
                raise ValueError("wrong")

        with pytest.raises(ValueError, match="wrong"):
            await fail()
        async with store.read() as connection:
            assert await count(connection) == 0

    async def test_a_writer_does_not_wait_for_ever(self, open_store: Open, hurried: Open) -> None:
        async with open_store() as one, hurried() as other:
            await add_counter(one)
            async with one.write() as connection:
                await connection.execute(text("UPDATE counter SET value = 1"))
                with pytest.raises(Problem) as caught:
                    await increase(other)
        assert caught.value.code == "unavailable"
        assert caught.value.retry_after is not None

    async def test_what_is_held_alone_nobody_else_holds(self, open_store: Open) -> None:
        held = 0

        async def hold(store: Store, *, alone: bool) -> None:
            nonlocal held
            async with store.write() as connection:
                await store.hold(connection, "name", alone=alone)
                held += 1
                await asyncio.sleep(0.01)
                assert held == 1 or not alone
                held -= 1

        async with open_store() as one, open_store() as other:
            await asyncio.gather(
                *(hold(store, alone=alone) for store in (one, other) for alone in [True, False] * 2)
            )

    async def test_what_is_inserted_twice_is_added_up_or_left_out(self, store: Store) -> None:
        key = Column("name", Text, primary_key=True)
        table = Table("tallies", MetaData(), key, Column("count", BigInteger, nullable=False))
        rows = [{"name": "a", "count": 2}, {"name": "b", "count": 1}]
        async with store.write() as connection:
            await connection.run_sync(table.metadata.create_all)
            for statement, expected in (("add", 2), ("add", 4), ("leave", 4)):
                insert = store.insert_or_add(table, "count")
                if statement == "leave":
                    insert = store.insert_or_leave(table)
                await connection.execute(insert, rows)
                query = select(table.c.count).where(table.c.name == "a")
                assert await connection.scalar(query) == expected
            one = await connection.execute(store.insert_or_leave(table), rows[0])
            assert one.rowcount == 0

    async def test_texts_have_one_order(self, store: Store) -> None:
        names = ["b", "a", "B", "_", "\N{LATIN SMALL LETTER E WITH ACUTE}", "A b", "Ab"]
        async with store.write() as connection:
            await connection.execute(text("CREATE TABLE names (name VARCHAR(9) NOT NULL)"))
            for name in names:
                await connection.execute(text("INSERT INTO names VALUES (:name)"), {"name": name})
            query = text(f'SELECT name FROM names ORDER BY name COLLATE "{store.collation}"')  # noqa: S608
            assert list(await connection.scalars(query)) == sorted(names)

    @pytest.mark.parametrize("damage", ["DROP TABLE", "DELETE FROM"])
    async def test_without_a_schema_or_its_steps_it_is_not_ready(
        self, store: Store, damage: str
    ) -> None:
        await store.check()
        async with store.write() as connection:
            await connection.execute(text(f"{damage} alembic_version"))
        with pytest.raises(Problem, match=r"^unavailable: "):
            await store.check()

    async def test_an_older_schema_is_not_ready_and_a_newer_one_is(self, store: Store) -> None:
        change = text("UPDATE alembic_version SET version_num = :version")
        for version, is_ready in (("0001", False), ("9999", True), ("0002", True)):
            async with store.write() as connection:
                await connection.execute(change, {"version": version})
            if is_ready:
                await store.check()
                continue
            with pytest.raises(Problem, match=r"^unavailable: "):
                await store.check()
