"""The log of events."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
from service_runtime.calls.values import EventModel
from service_runtime.events import (
    GAP,
    MAX_EVENT_BYTES,
    EventLog,
    EventRecord,
)


class Said(EventModel):
    EVENT: ClassVar[str] = "said"

    text: str


async def take(records: AsyncIterator[EventRecord], number: int) -> list[EventRecord]:
    async with asyncio.timeout(2):
        return [await anext(records) for _ in range(number)]


async def test_a_listener_receives_what_comes_after_it_asked() -> None:
    log = EventLog(capacity=10)
    log.publish(Said(text="before"))
    records = log.after()
    log.publish(Said(text="after"))
    (record,) = await take(records, 1)
    assert (record.name, record.data) == ("said", '{"text":"after"}')


async def test_a_listener_that_waits_is_woken() -> None:
    log = EventLog(capacity=10)
    waiting = asyncio.create_task(take(log.after(), 1))
    await asyncio.sleep(0)
    log.publish(Said(text="now"))
    assert (await waiting)[0].data == '{"text":"now"}'


async def test_a_slow_listener_loses_the_oldest_and_is_notified() -> None:
    log = EventLog(capacity=3)
    records = log.after()
    for number in range(5):
        log.publish(Said(text=str(number)))
    gap, *rest = await take(records, 4)
    assert gap.name == GAP
    assert [record.data for record in rest] == ['{"text":"2"}', '{"text":"3"}', '{"text":"4"}']


async def test_the_id_of_a_gap_can_be_resumed_from() -> None:
    log = EventLog(capacity=2)
    for number in range(4):
        log.publish(Said(text=str(number)))
    gap, first = await take(log.after("another-epoch-1"), 2)
    (again,) = await take(log.after(gap.id), 1)
    assert again == first


@pytest.mark.parametrize("last_id", ["", "-", "x", "0-1", "-1", "EPOCH-", "EPOCH-9", "EPOCH-²"])
async def test_no_id_breaks_the_log(last_id: str) -> None:
    log = EventLog(capacity=2)
    epoch = log.position.partition("-")[0]
    records = log.after(last_id.replace("EPOCH", epoch) + "9" * 5000 * (last_id == "EPOCH-9"))
    log.publish(Said(text="here"))
    names = {record.name for record in await take(records, 1 if last_id == "" else 2)}
    assert names == ({"said"} if last_id == "" else {"said", GAP})


def test_no_two_logs_give_the_same_ids() -> None:
    assert len({EventLog(1).position for _ in range(1000)}) == 1000


async def test_closing_lets_listeners_finish() -> None:
    log = EventLog(capacity=10)
    records = log.after()
    log.publish(Said(text="last words"))
    log.close()
    log.publish(Said(text="too late"))
    assert [record.data async for record in records] == ['{"text":"last words"}']


async def test_the_log_ends_when_nobody_writes_any_more() -> None:
    log = EventLog(capacity=10)
    listening = asyncio.create_task(take(log.after(), 2))
    await asyncio.sleep(0)
    with log.writing():
        with log.writing():
            log.close()
        log.publish(Said(text="first"))
        await asyncio.sleep(0)
        log.publish(Said(text="last"))
    log.publish(Said(text="too late"))
    assert [record.data for record in await listening] == ['{"text":"first"}', '{"text":"last"}']
    assert [record async for record in log.after()] == []


async def test_an_event_too_large_to_be_carried_is_refused() -> None:
    log = EventLog(capacity=10)
    with pytest.raises(ValueError, match="said"):
        log.publish(Said(text="x" * MAX_EVENT_BYTES))
    assert log.position.endswith("-0")
