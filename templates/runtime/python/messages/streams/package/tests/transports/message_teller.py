"""The service that tells words, behind a broker, and a gateway that asks it there.

What every broker's tests of answers in parts have in common: the suite's way in, and the tests of
what only a broker makes necessary.
"""

import asyncio
import itertools
import json
import time
from abc import ABC, abstractmethod
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from service_runtime.calls import streams as calls_streams
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.settings import DEVELOPMENT_TOKEN
from service_runtime.transports import streams
from service_runtime.transports.lines import LINES_TYPE, read_lines
from service_runtime.transports.messages import CORRELATION_ID, JSON_TYPE, Message
from service_runtime.transports.signatures import Signatures
from service_runtime.transports.streams import READER

from tests.streams import RefusedError, Resources, StreamSuite

SIGNATURES = Signatures(DEVELOPMENT_TOKEN)
WINDOW = (64, 256 * 1024)

Line = dict[str, Any]


@dataclass(slots=True)
class Asking:
    """One answer, as it reaches who asked.

    Attributes:
        lines: What has come.
        run: Which run it is; known once it has begun.
        control: Where its process listens.
    """

    id: str = field(default_factory=lambda: uuid4().hex)
    lines: asyncio.Queue[Line] = field(default_factory=asyncio.Queue[Line])
    run: str = ""
    control: str = ""

    async def line(self, within: float = 20) -> Line:
        """Take what comes next, within so many seconds."""
        return await asyncio.wait_for(self.lines.get(), within)


class MessageTeller(ABC):
    """A service that tells words, and who asks it over a broker."""

    def __init__(self, lifecycle: Lifecycle[Any, Resources]) -> None:
        self.lifecycle = lifecycle
        self.reader = uuid4().hex
        self._asking: dict[str, Asking] = {}

    @property
    def resources(self) -> Resources:
        """Of the service."""
        return self.lifecycle.resources

    @abstractmethod
    async def request(self, message: Message) -> None:
        """Send a request to the service."""

    @abstractmethod
    async def control(self, to: str, message: Message, signatures: Signatures = SIGNATURES) -> None:
        """Send to one of its processes."""

    def arrived(self, record: Message) -> None:
        """Take what came for who asks here."""
        assert record.headers["content-type"] == LINES_TYPE
        assert record.headers[READER] == self.reader
        for line in read_lines(record.body):
            self._asking[line["call"]].lines.put_nowait(line)

    async def ask(
        self, asked: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> Asking:
        """Ask, and grant nothing yet."""
        asking = Asking()
        self._asking[asking.id] = asking
        given = dict(headers or {})
        seconds = int(given.pop("request-timeout-ms", "60000")) / 1000
        own = {
            "content-type": JSON_TYPE,
            "operation": "tell",
            "idempotency-key": uuid4().hex,
            "request-deadline": str(int((time.time() + seconds) * 1000)),
            CORRELATION_ID: asking.id,
            READER: self.reader,
        }
        await self.request(Message({**own, **given}, json.dumps(asked).encode()))
        return asking

    async def begun(self, asking: Asking) -> None:
        """Wait until a process has taken it.

        Raises:
            RefusedError: It is refused.
        """
        line = await asking.line()
        if line["kind"] == "problem":
            raise RefusedError(line["value"]["code"])
        assert line["kind"] == "begun"
        asking.run, asking.control = line["run"], line["control"]

    async def tell_process(self, asking: Asking, kind: str, **credit: int) -> None:
        """Say something to the process that runs it."""
        line = {"call": asking.id, "run": asking.run, "kind": kind, **credit}
        record = Message({"content-type": LINES_TYPE}, json.dumps(line).encode())
        await self.control(asking.control, record)

    async def grant(self, asking: Asking, parts: int, size: int = WINDOW[1]) -> None:
        """Let it go on to so many parts and bytes."""
        await self.tell_process(asking, "credit", parts=parts, bytes=size)

    @asynccontextmanager
    async def tell(
        self, asked: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[AsyncIterator[tuple[str, Any]]]:
        """As `Teller`."""
        asking = await self.ask(asked, headers)
        await self.begun(asking)
        await self.grant(asking, WINDOW[0])
        events = self._read(asking)
        first = await anext(events)
        if first[0] == "problem":
            raise RefusedError(first[1]["code"])
        beating = asyncio.create_task(self._beat(asking))
        try:
            yield _again(first, events)
        finally:
            beating.cancel()
            await self.tell_process(asking, "cancel")

    async def _read(self, asking: Asking) -> AsyncGenerator[tuple[str, Any]]:
        taken, size = 0, 0
        for expected in itertools.count(1):
            line = await asking.lines.get()
            while line["kind"] == "alive":
                assert line["number"] == expected - 1
                line = await asking.lines.get()
            assert line["run"] == asking.run
            assert line["number"] == expected
            kind, value = line["kind"], line["value"]
            taken, size = taken + 1, size + len(json.dumps(line))
            if kind == "part":
                await self.grant(asking, taken + WINDOW[0], size + WINDOW[1])
            yield kind, value
            if kind != "part":
                return

    async def _beat(self, asking: Asking) -> None:
        while True:
            await asyncio.sleep(streams.BEAT)
            await self.grant(asking, 0, 0)


async def _again(
    first: tuple[str, Any], rest: AsyncIterator[tuple[str, Any]]
) -> AsyncGenerator[tuple[str, Any]]:
    yield first
    async for event in rest:
        yield event


class MessageStreamSuite(StreamSuite):
    """Inherited by the tests of each broker, which bring the fixture `teller`."""

    async def test_nothing_runs_without_credit(self, teller: MessageTeller) -> None:
        asking = await teller.ask({"words": 3})
        await teller.begun(asking)
        await asyncio.sleep(0.2)
        assert teller.resources.runs == 0
        await teller.grant(asking, 1)
        kinds = [(await asking.line())["kind"]]
        await asyncio.sleep(0.2)
        assert (kinds, asking.lines.qsize(), teller.resources.made) == (["part"], 0, 1)
        await teller.grant(asking, 4)
        kinds = [(await asking.line())["kind"] for _ in range(3)]
        assert kinds == ["part", "part", "end"]

    async def test_bytes_are_credit_as_parts_are(self, teller: MessageTeller) -> None:
        asking = await teller.ask({"words": 9, "size": 1000})
        await teller.begun(asking)
        await teller.grant(asking, 100, 2000)
        for _ in range(2):
            await asking.line()
        with pytest.raises(TimeoutError):
            await asking.line(0.5)
        await teller.tell_process(asking, "cancel")

    async def test_who_computes_without_a_pause_holds_up_no_part(
        self, teller: MessageTeller
    ) -> None:
        computed = {"operation": "list_words"}
        asking = await teller.ask({"words": 10, "seconds": 0.05}, computed)
        await teller.begun(asking)
        await teller.grant(asking, WINDOW[0])
        line = await asking.line()
        assert (line["kind"], line["number"]) == ("part", 1)
        assert teller.resources.made < 10

    async def test_who_does_not_want_it_any_more_gets_nothing(self, teller: MessageTeller) -> None:
        asking = await teller.ask({"words": 3})
        await teller.begun(asking)
        await teller.tell_process(asking, "cancel")
        await teller.grant(asking, 100)
        with pytest.raises(TimeoutError):
            await asking.line(0.5)
        assert teller.resources.runs == 0

    async def test_a_gateway_that_is_gone_is_noticed(
        self, teller: MessageTeller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "SILENCE", 1.0)
        asking = await teller.ask({"words": 2, "seconds": 60})
        await teller.begun(asking)
        await teller.grant(asking, 10)
        async with asyncio.timeout(5):
            await teller.resources.closed.wait()

    async def test_who_gives_no_credit_is_told_when_the_service_stops(
        self, teller: MessageTeller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calls_streams, "GRACE", 0.01)
        asking = await teller.ask({"words": 3})
        await teller.begun(asking)
        await teller.grant(asking, 1)
        part = await asking.line()
        assert part["kind"] == "part"
        draining = asyncio.create_task(teller.lifecycle.drain())
        problem = await asking.line()
        while problem["kind"] == "alive":
            problem = await asking.line()
        assert (problem["kind"], problem["number"]) == ("problem", 2)
        assert problem["value"]["retry_after"] == 1
        assert problem["value"]["code"] == "unavailable"
        await asyncio.wait_for(draining, 20)
        assert (teller.resources.made, teller.resources.running) == (1, 0)

    async def test_who_waits_for_a_part_sees_that_the_service_is_there(
        self, teller: MessageTeller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "BEAT", 0.2)
        asking = await teller.ask({"words": 2, "seconds": 60})
        await teller.begun(asking)
        await teller.grant(asking, 10)
        first = await asking.line()
        while first["number"] == 0:
            # Its credit is on the way.
            assert first["kind"] == "alive"
            first = await asking.line()
        lines = [first, *[await asking.line() for _ in range(2)]]
        told = [(line["kind"], line["number"]) for line in lines]
        assert told == [("part", 1), ("alive", 1), ("alive", 1)]
        await teller.tell_process(asking, "cancel")

    async def test_a_handler_knows_who_asked(self, teller: MessageTeller) -> None:
        ann: dict[str, object] = {"sub": "ann", "scopes": ["tell"], "claims": {}}
        header = urlsafe_b64encode(json.dumps(ann).encode()).rstrip(b"=").decode()
        async with teller.tell({"words": 1}, {"caller": header}) as events:
            assert [name async for name, _ in events] == ["part", "end"]
        async with teller.tell({"words": 1}) as events:
            assert [name async for name, _ in events] == ["part", "end"]
        known, anonymous = teller.resources.callers
        assert known is not None
        assert (known.subject, list(known.scopes), anonymous) == ("ann", ["tell"], None)

    async def test_what_came_too_late_is_not_run(self, teller: MessageTeller) -> None:
        asking = await teller.ask({"words": 1}, {"request-deadline": "1000"})
        with pytest.raises(TimeoutError):
            await asking.line(0.5)
        assert teller.resources.runs == 0

    async def test_what_a_stranger_says_is_not_heard(self, teller: MessageTeller) -> None:
        asking = await teller.ask({"words": 1})
        await teller.begun(asking)
        credit = {"run": asking.run, "kind": "credit", "parts": 9, "bytes": 9999}
        record = Message({"content-type": LINES_TYPE}, json.dumps(credit).encode())
        await teller.control(asking.control, record, Signatures("a-guess"))
        with pytest.raises(TimeoutError):
            await asking.line(0.5)
        assert teller.resources.runs == 0
        await teller.grant(asking, 9)
        line = await asking.line()
        assert line["kind"] == "part"
