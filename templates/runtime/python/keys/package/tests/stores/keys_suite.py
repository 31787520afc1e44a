"""Idempotency keys in a store; the tests of each store run it over a database of their own."""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import pytest
import structlog
from service_runtime.calls.idempotency import ENTRY_BYTES, IdempotencyKeys, MemoryKeys
from service_runtime.calls.problem import Problem
from service_runtime.stores import keys as keys_module
from service_runtime.stores.keys import KeysSettings, StoreKeys, open_keys
from service_runtime.stores.shared import KEYS, MICROSECONDS, SharedStore
from sqlalchemy import func, insert, inspect, select, update
from structlog.testing import capture_logs

from tests.calls.test_idempotency import ROOM, KeysSuite, OpenKeys, Text, Work, once

Open = Callable[[], AbstractAsyncContextManager[SharedStore]]
"""Opens the database of the test; several times at once, too."""

LEASE = 3.0
"""Long beside a stall of the machine: renewals are a second apart."""

LASTING = 60.0


async def stored(store: SharedStore) -> int:
    async with store.read() as connection:
        return await connection.scalar(select(func.count()).select_from(KEYS)) or 0


async def change(store: SharedStore, **values: str) -> None:
    async with store.write() as connection:
        await connection.execute(update(KEYS).values(**values))


def opening(open_store: Open, lease: float) -> OpenKeys:
    @asynccontextmanager
    async def opened(ttl: float = 60, capacity: int = ROOM) -> AsyncGenerator[IdempotencyKeys]:
        async with (
            open_store() as store,
            StoreKeys.open(store, ttl=ttl, capacity=capacity, lease=lease) as keys,
        ):
            yield keys

    return opened


class Resources:
    """Of a service with a store."""

    def __init__(self, store: SharedStore) -> None:
        self.store = store


class StoreKeysSuite(KeysSuite):
    """A store's own tests inherit it, beside fixtures `open_store` and `store`."""

    @pytest.fixture
    def open_keys(self, open_store: Open) -> OpenKeys:
        return opening(open_store, LASTING)

    @pytest.fixture
    def open_leased(self, open_store: Open) -> OpenKeys:
        """The same, where a lease ends soon."""
        return opening(open_store, LEASE)

    async def test_its_tables_are_known_by_name(self, store: SharedStore) -> None:
        async with store.read() as connection:
            names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        assert set(names) == store.own_tables

    async def test_of_the_same_requests_at_replicas_one_runs(self, open_keys: OpenKeys) -> None:
        work = Work.at_once()
        async with open_keys() as one, open_keys() as other:
            for number in range(20):
                calls = [
                    keys.once(str(number), b"payload", Text, work)
                    for _ in range(3)
                    for keys in (one, other)
                ]
                assert len({answer.text for answer in await asyncio.gather(*calls)}) == 1
        assert work.runs == 20

    async def test_outcomes_outlive_the_process(self, open_keys: OpenKeys) -> None:
        work = Work.at_once()
        for _ in range(2):
            async with open_keys() as keys:
                assert (await once(keys, work)).text == "run 1"

    async def test_work_may_take_longer_than_a_lease(self, open_leased: OpenKeys) -> None:
        work = Work()
        async with open_leased() as one, open_leased() as other:
            calls = [asyncio.ensure_future(once(keys, work)) for keys in (one, other)]
            await asyncio.sleep(2 * LEASE)
            work.released.set()
            assert {(await call).text for call in calls} == {"run 1"}

    async def test_the_next_runs_when_the_lease_of_a_dead_one_ends(
        self, store: SharedStore, open_keys: OpenKeys
    ) -> None:
        begun = time.monotonic()
        async with store.write() as connection:
            await connection.execute(
                insert(KEYS).values(
                    key=hashlib.sha256(b"key").hexdigest(),
                    fingerprint=hashlib.sha256(b"payload").hexdigest(),
                    owner="dead",
                    state="running",
                    until=store.now + round(LEASE * MICROSECONDS),
                    outcome="",
                    size=0,
                )
            )
        async with open_keys() as keys:
            assert (await once(keys, Work.at_once())).text == "run 1"
            assert time.monotonic() - begun > LEASE - 0.01
            # From now on it is the next one's.
            assert (await once(keys, Work())).text == "run 1"

    async def test_who_cannot_renew_the_lease_is_cancelled_before_it_ends(
        self, store: SharedStore, open_leased: OpenKeys
    ) -> None:
        work = Work()
        begun = time.monotonic()
        async with open_leased() as keys:
            call = asyncio.ensure_future(once(keys, work))
            await work.begun.wait()
            # A writer that holds up the renewals.
            async with store.write() as connection:
                await connection.execute(update(KEYS).values(size=0))
                with pytest.raises(Problem) as caught:
                    await call
        assert (caught.value.code, caught.value.retry_after) == ("unavailable", 1.0)
        assert time.monotonic() - begun >= LEASE
        assert await stored(store) == 0

    async def test_who_lost_the_lease_is_cancelled_and_changes_nothing(
        self, store: SharedStore, open_leased: OpenKeys
    ) -> None:
        work = Work()
        async with open_leased() as keys:
            call = asyncio.ensure_future(once(keys, work))
            await work.begun.wait()
            await change(store, owner="another")
            with pytest.raises(Problem) as caught:
                await call
            assert caught.value.code == "unavailable"
        assert await stored(store) == 1

    async def test_an_outcome_that_another_run_is_in_the_way_of_is_logged(
        self, store: SharedStore, open_keys: OpenKeys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # One that is bound after this test begins.
        monkeypatch.setattr(keys_module, "_logger", structlog.stdlib.get_logger())
        work = Work()
        with capture_logs() as logs:
            async with open_keys() as keys:
                call = asyncio.ensure_future(once(keys, work))
                await work.begun.wait()
                await change(store, owner="another")
                work.released.set()
                assert (await call).text == "run 1"
        assert ["not kept" in log["event"] for log in logs] == [True]

    async def test_work_that_is_done_is_kept_although_its_caller_leaves(
        self, store: SharedStore, open_keys: OpenKeys
    ) -> None:
        work = Work()
        async with open_keys() as keys:
            call = asyncio.ensure_future(once(keys, work))
            await work.begun.wait()
            # A writer that holds up the outcome, and lets go when the caller is gone.
            async with store.write() as connection:
                await connection.execute(update(KEYS).values(size=0))
                work.released.set()
                await asyncio.sleep(0.05)
                assert not call.done()
                call.cancel()
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await call
            assert (await once(keys, work)).text == "run 1"
        assert work.runs == 1

    async def test_nothing_is_left_of_who_left(
        self, store: SharedStore, open_keys: OpenKeys
    ) -> None:
        work = Work()
        async with open_keys() as keys:
            call = asyncio.ensure_future(once(keys, work))
            await work.begun.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        assert await stored(store) == 0

    async def test_what_is_old_is_removed(self, store: SharedStore, open_keys: OpenKeys) -> None:
        work = Work.at_once()
        async with open_keys(ttl=0.01) as keys:
            assert isinstance(keys, StoreKeys)
            for number in range(5):
                await keys.once(str(number), b"payload", Text, work)
            await asyncio.sleep(0.02)
            await keys.sweep()
            assert await stored(store) == 0

    async def test_the_oldest_beyond_the_size_are_removed(
        self, store: SharedStore, open_keys: OpenKeys
    ) -> None:
        work = Work.at_once()
        async with open_keys(capacity=3 * ENTRY_BYTES) as keys:
            assert isinstance(keys, StoreKeys)
            for number in range(10):
                await keys.once(str(number), b"payload", Text, work)
            await keys.sweep()
            assert await stored(store) == 2
            assert (await keys.once("9", b"payload", Text, work)).text == "run 10"
            assert (await keys.once("0", b"payload", Text, work)).text == "run 11"

    async def test_what_is_no_json_of_its_type_is_given_and_not_kept(
        self, store: SharedStore, open_keys: OpenKeys
    ) -> None:
        given: Any = object()
        endless: Any = []
        endless.append(endless)
        async with open_keys() as keys:
            for output, result in ((Text, given), (list, endless)):
                work = partial(asyncio.sleep, 0, result)
                assert await keys.once("key", b"payload", output, work) is result
        assert await stored(store) == 0

    async def test_what_another_version_kept_does_not_run_again(
        self, store: SharedStore, open_keys: OpenKeys
    ) -> None:
        work = Work.at_once()
        async with open_keys() as keys:
            await once(keys, work)
            await change(store, outcome='{"words": 7}')
            with pytest.raises(Problem) as caught:
                await once(keys, work)
        assert (caught.value.code, work.runs) == ("internal", 1)

    async def test_an_outcome_that_cannot_be_kept_is_given(
        self, store: SharedStore, open_keys: OpenKeys
    ) -> None:
        work = Work()
        async with open_keys() as keys:
            call = asyncio.ensure_future(once(keys, work))
            await work.begun.wait()
            async with store.write() as connection:
                await connection.run_sync(KEYS.drop)
            work.released.set()
            assert (await call).text == "run 1"

    async def test_leases_are_renewed_again_when_the_store_is_back(
        self, store: SharedStore, open_leased: OpenKeys
    ) -> None:
        async with open_leased() as keys:
            assert isinstance(keys, StoreKeys)
            async with store.write() as connection:
                await connection.run_sync(KEYS.drop)
            work = Work.at_once()
            await asyncio.sleep(LEASE / 2)
            async with store.write() as connection:
                await connection.run_sync(KEYS.create)
            held = Work()
            call = asyncio.ensure_future(once(keys, held))
            await asyncio.sleep(2 * LEASE)
            held.released.set()
            assert (await call).text == "run 1"
            assert (await once(keys, work)).text == "run 1"

    async def test_leases_are_renewed_whatever_failed_before(
        self, open_leased: OpenKeys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        swept = asyncio.Event()

        async def sweep(_keys: StoreKeys) -> None:
            swept.set()
            raise ValueError("no failure of the store")

        monkeypatch.setattr(StoreKeys, "sweep", sweep)
        work = Work()
        async with open_leased() as keys:
            call = asyncio.ensure_future(once(keys, work))
            await swept.wait()
            await asyncio.sleep(2 * LEASE)
            work.released.set()
            assert (await call).text == "run 1"

    async def test_where_they_are_kept_is_a_setting(self, store: SharedStore) -> None:
        settings = KeysSettings()
        async with open_keys(settings, Resources(store)) as keys:
            assert isinstance(keys, MemoryKeys)
        settings = settings.model_copy(update={"idempotency_keys": "store"})
        async with open_keys(settings, Resources(store)) as keys:
            assert (await once(keys, Work.at_once())).text == "run 1"
            assert await stored(store) == 1
