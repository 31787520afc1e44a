"""Answers in parts as lines in records, without a broker."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from opentelemetry.trace import NoOpTracer
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.transports import Host
from service_runtime.transports.lines import LINES_TYPE, MOST_BYTES, read_lines
from service_runtime.transports.messages import JSON_TYPE, Message, read_request
from service_runtime.transports.streams import READER, Asked, Reader, StreamAnswers

from tests.streams import TELLER, Resources, Settings
from tests.transports.message_teller import SIGNATURES

Lines = list[dict[str, Any]]


class Gateway(Reader):
    """Grants each answer what it needs as soon as it has begun, and keeps all records."""

    def __init__(self, lifecycle: Lifecycle[Any, Resources], host: Host) -> None:
        self.id = "gateway"
        self.resources = lifecycle.resources
        self.records: list[Lines] = []
        self.sizes: list[int] = []
        self.made: list[int] = []
        self.why: BaseException | None = None
        self.room = asyncio.Event()
        self.room.set()
        self.answers = StreamAnswers(host, (ConnectionError,))

    @property
    def largest(self) -> int:
        """As a broker with small records has it."""
        return 3 * MOST_BYTES

    async def send(self, record: Message) -> None:
        """Take a record, where there is room for it."""
        assert record.headers == {"content-type": LINES_TYPE, READER: self.id}
        await self.room.wait()
        if self.why is not None:
            raise self.why
        self.sizes.append(len(record.body))
        self.made.append(self.resources.made)
        self.records.append(list(read_lines(record.body)))

    async def offer(self, record: Message) -> None:
        """Grant credit."""
        for line in read_lines(record.body):
            if line["kind"] == "begun":
                credit = {"run": line["run"], "kind": "credit", "parts": 999, "bytes": 1 << 30}
                self.answers.hear(Message({}, json.dumps(credit).encode()))

    async def ask(self, call: str, operation: str = "tell", **asked: object) -> None:
        """Ask; return when all is sent."""
        headers = {
            "content-type": JSON_TYPE,
            "operation": operation,
            "idempotency-key": uuid4().hex,
        }
        message = Message(headers, json.dumps(asked).encode()).signed(SIGNATURES, "requests")
        request = read_request("requests", message, self.answers.operations, SIGNATURES)
        await self.answers.answer(Asked(request, call, self, _accept, "control"))

    def of(self, call: str) -> list[tuple[str, int]]:
        """What came of an answer, in its order."""
        lines = [line for record in self.records for line in record if line["call"] == call]
        return [(line["kind"], line["number"]) for line in lines]


async def _accept() -> None:
    """Nobody else would be asked."""


@pytest.fixture
async def gateway() -> AsyncGenerator[Gateway]:
    async with serving() as opened:
        yield opened


@asynccontextmanager
async def serving() -> AsyncGenerator[Gateway]:
    """The service that tells words, and who asks it."""
    settings = Settings()
    lifecycle = Lifecycle(TELLER, settings, NoOpTracer())
    async with lifecycle.serving():
        operations = {operation.name: operation for operation in TELLER.streams}
        host = Host(TELLER.identity, settings, lifecycle.service, {}, operations, lifecycle.ready)
        yield Gateway(lifecycle, host)


def whole(words: int) -> list[tuple[str, int]]:
    """All that comes of an answer."""
    return [*(("part", number + 1) for number in range(words)), ("end", words + 1)]


async def test_parts_of_two_answers_travel_in_one_record_in_their_order(gateway: Gateway) -> None:
    await asyncio.gather(gateway.ask("a", words=9), gateway.ask("b", words=9))
    assert gateway.of("a") == gateway.of("b") == whole(9)
    shared = [
        record for record in gateway.records if {line["call"] for line in record} == {"a", "b"}
    ]
    assert len(shared) >= 5


async def test_no_part_waits_for_another(gateway: Gateway) -> None:
    asking = asyncio.create_task(gateway.ask("a", words=2, seconds=60))
    async with asyncio.timeout(5):
        while not gateway.records:
            await asyncio.sleep(0.01)
    assert gateway.of("a") == [("part", 1)]
    asking.cancel()


async def test_nor_for_one_that_is_computed_without_a_pause(gateway: Gateway) -> None:
    await gateway.ask("a", "list_words", words=5, seconds=0.02)
    assert gateway.of("a") == whole(5)
    # Each has left before the next one is begun.
    assert gateway.made == [1, 2, 3, 4, 5, 5]


async def test_a_record_is_bounded_and_what_is_longer_alone_goes_alone(gateway: Gateway) -> None:
    gateway.room.clear()
    asking = [gateway.ask(str(call), words=9, size=9_000) for call in range(20)]
    running = asyncio.gather(*asking, gateway.ask("long", words=1, size=2 * MOST_BYTES))
    await asyncio.sleep(0.1)
    # Who makes parts waits, too, while one record is on its way and another one is full.
    assert gateway.resources.made <= 20 + MOST_BYTES // 9_000 * 3
    gateway.room.set()
    await running
    assert all(gateway.of(str(call)) == whole(9) for call in range(20))
    assert gateway.of("long") == whole(1)
    long = [
        len(record)
        for record, size in zip(gateway.records, gateway.sizes, strict=True)
        if size > MOST_BYTES
    ]
    assert long == [1]
    assert len(gateway.records) < 20 * 10


async def test_what_no_record_may_hold_is_a_problem_of_its_answer_alone(gateway: Gateway) -> None:
    # The last word has two digits, and so it is twice as long as the others.
    size = 2 * MOST_BYTES
    await asyncio.gather(gateway.ask("a", words=11, size=size), gateway.ask("b", words=11))
    assert gateway.of("a") == [*whole(10)[:-1], ("problem", 11)]
    assert gateway.of("b") == whole(11)


async def test_a_record_that_fails_ends_all_answers_in_it(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.why = ConnectionError("the broker is away")
    async with asyncio.timeout(5):
        await asyncio.gather(
            gateway.ask("a", words=9, seconds=60), gateway.ask("b", words=9, seconds=60)
        )
    assert gateway.resources.running == 0
    told = capsys.readouterr().out
    assert told.count("an answer broke off") == 2
    assert told.count("the broker is away") == 2
    gateway.why = None
    await gateway.ask("c", words=1)
    assert gateway.of("c") == whole(1)


# What aiormq gives whom a channel of its leaves alone.
@pytest.mark.parametrize("why", [RuntimeError("closed"), asyncio.CancelledError("closed")])
async def test_nor_does_an_answer_wait_for_one_that_fails_in_another_way(
    gateway: Gateway, why: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.room.clear()
    # More than one record: some wait behind the first that fails.
    asking = [gateway.ask(str(call), words=2, size=MOST_BYTES // 2) for call in range(5)]
    running = asyncio.gather(*asking)
    await asyncio.sleep(0.1)
    gateway.why = why
    gateway.room.set()
    async with asyncio.timeout(5):
        await running
    assert gateway.resources.running == 0
    assert capsys.readouterr().out.count("an answer broke off") == 5
    gateway.why = None
    await gateway.ask("c", words=1)
    assert gateway.of("c") == whole(1)


async def test_what_has_not_left_when_the_service_ends_does_not_leave(gateway: Gateway) -> None:
    gateway.room.clear()
    asking = [
        asyncio.create_task(gateway.ask(str(call), words=2, size=MOST_BYTES // 2))
        for call in range(5)
    ]
    await asyncio.sleep(0.1)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await gateway.answers.close()
    gateway.room.set()
    await asyncio.sleep(0.1)
    assert gateway.records == []


def test_what_cannot_be_read_is_passed_over() -> None:
    lines = [b"[" * 100_000, b"\xff", b"[]", b'{"run": "a"}']
    assert list(read_lines(b"\n".join(lines))) == [{"run": "a"}]
