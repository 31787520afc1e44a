"""Idempotency keys in memory."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from service_runtime.calls.idempotency import ENTRY_BYTES, IdempotencyKeys
from service_runtime.calls.memory_keys import MemoryKeys

from tests.calls.keys_suite import ROOM, KeysSuite, OpenKeys, Text, Work


@pytest.fixture
def open_keys() -> OpenKeys:
    @asynccontextmanager
    async def opened(ttl: float = 60, capacity: int = ROOM) -> AsyncGenerator[IdempotencyKeys]:
        yield MemoryKeys(ttl, capacity)

    return opened


class TestMemoryKeys(KeysSuite):
    """As all keys."""


async def test_what_is_kept_is_bounded() -> None:
    keys = MemoryKeys(60, 2 * ENTRY_BYTES + 100)
    work = Work.at_once()
    for number in range(10):
        await keys.once(str(number), b"payload", Text, work)
    assert (await keys.once("9", b"payload", Text, work)).text == "run 10"
    assert (await keys.once("0", b"payload", Text, work)).text == "run 11"


async def test_an_output_larger_than_the_memory_takes_the_place_of_none() -> None:
    keys = MemoryKeys(60, 2 * ENTRY_BYTES)

    async def large() -> Text:
        return Text(text="x" * 2 * ENTRY_BYTES)

    small = Work.at_once()
    await keys.once("small", b"payload", Text, small)
    await keys.once("large", b"payload", Text, large)
    assert (await keys.once("small", b"payload", Text, small)).text == "run 1"
