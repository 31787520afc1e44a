"""Answers in parts as a broker's messages: for every broker.

A process that takes a request says that it has begun, and where it listens. It runs when the
gateway grants it credit, as far as that goes, and no longer than it hears of the gateway. The
gateway has the other end in `transports/messages/streams.ts`.

Both say it in lines of JSON, each with the call and the run that it is of; what is said to one end
at once is one record (`transports/lines.py`).
"""

import asyncio
import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from uuid import uuid4
from weakref import WeakValueDictionary

import structlog
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.calls.streams import Item, Streams
from service_runtime.transports import Host
from service_runtime.transports.lines import LINES_TYPE, Outbox, Record, read_lines
from service_runtime.transports.messages import Message, Request

BEAT: Final = 2.0
"""Seconds between two signs of life, of either end."""

SILENCE: Final = 10.0
"""Seconds without one after which the other end is gone."""

READER: Final = "stream-reader"
"""Header of a request, and of the records of its answer: the gateway that reads them."""

_TURN: Final = 0.002
"""Seconds for which a run may hold the event loop before what it has made must have left."""

Kind = Literal["begun", "part", "end", "problem", "alive"]

_logger = structlog.stdlib.get_logger(__name__)


class Reader(ABC):
    """The gateway that reads an answer. Those that are equal are one, and share records."""

    id: str
    """What it calls itself."""

    @property
    def largest(self) -> int:
        """Bytes of the longest line that its broker takes."""
        return sys.maxsize

    @abstractmethod
    async def send(self, record: Message) -> None:
        """Send it a record; what is sent one after the other arrives so.

        Raises:
            Exception: The broker is away.
        """

    async def offer(self, record: Message) -> None:
        """Send it a record, ahead of all parts.

        Raises:
            Exception: The broker is away, or knows that the reader is.
        """
        await self.send(record)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for an answer in parts, as a broker delivered it.

    Attributes:
        request: What is asked.
        call: What its reader calls it.
        reader: Who reads the answer.
        accept: Acknowledges the request: it is not delivered to anybody else.
        control: The queue or topic on which this process hears of who asks.
    """

    request: Request
    call: str
    reader: Reader
    accept: Callable[[], Awaitable[None]]
    control: str


class StreamAnswers:
    """The answers in parts that this process gives over one broker."""

    def __init__(self, host: Host, lost: tuple[type[Exception], ...]) -> None:
        """Serve those of a service.

        Args:
            host: The service.
            lost: What a reader raises when the broker is away: answers to it end.
        """
        self._host: Final = host
        self._lost: Final = lost
        self._runs: Final[dict[str, _Run]] = {}
        self._outboxes: Final = WeakValueDictionary[Reader, Outbox]()

    @property
    def operations(self) -> Mapping[str, Operation[Any, Any, Any]]:
        """What can be asked, for `messages.read_request`: name and input are those of a call."""
        return cast("Mapping[str, Operation[Any, Any, Any]]", self._host.streams)

    def concerns(self, message: Message) -> bool:
        """Whether a request is for an answer in parts."""
        return message.headers.get("operation") in self._host.streams

    async def answer(self, asked: Asked) -> None:
        """Answer a request, when who sent it still wants that.

        Raises:
            DecodingError: It cannot be read.
        """
        request, reader = asked.request, asked.reader
        try:
            payload = request.payload()
        except Problem as problem:
            await refuse(reader, asked.call, problem)
            return
        operation = self._host.streams[request.operation.name]
        streams = Streams.of(self._host.service, self._host.settings)
        outbox = self._outboxes.get(reader)
        if outbox is None:
            outbox = Outbox(lambda lines: reader.send(_record(reader, lines)), self._lost)
            self._outboxes[reader] = outbox
        run = _Run(asked, outbox, streams.stopped, self._lost)
        self._runs[run.id] = run
        try:
            await run.serve(lambda give: streams.send(operation, payload, request.incoming, give))
        finally:
            del self._runs[run.id]

    def hear(self, message: Message) -> None:
        """Take what a gateway says of answers; of those of other processes nothing is known."""
        for line in read_lines(message.body):
            run = self._runs.get(str(line.get("run")))
            if run is not None:
                run.hear(line)

    async def close(self) -> None:
        """Lose what has not left, once nothing is answered any more."""
        await asyncio.gather(*(outbox.close() for outbox in self._outboxes.values()))


async def refuse(reader: Reader, call: str, problem: Problem) -> None:
    """Answer a request that nothing is run for."""
    line = {"call": call, "kind": "problem", "value": _value(problem)}
    await reader.send(_record(reader, json.dumps(line).encode()))


class _Run:
    """One answer, on its way to who asked.

    Attributes:
        id: What the gateway calls it.
    """

    def __init__(
        self,
        asked: Asked,
        outbox: Outbox,
        stopped: Callable[[], Awaitable[Problem]],
        lost: tuple[type[Exception], ...],
    ) -> None:
        self.id: Final = uuid4().hex
        self._asked: Final = asked
        self._outbox: Final = outbox
        self._stopped: Final = stopped
        self._lost: Final = lost
        self._names: Final = json.dumps({"call": asked.call, "run": self.id})[:-1].encode()
        self._credit: Final = asyncio.Event()
        self._most_parts = 0
        self._most_bytes = 0
        self._parts = 0
        self._bytes = 0
        self._sent_at = 0.0
        self._resumed_at = 0.0
        self._left = False
        self._end: Problem | None = None
        self._why: BaseException | None = None
        self._time: Final = asyncio.timeout(SILENCE)

    async def serve(
        self, run: Callable[[Callable[[Item], Awaitable[None]]], Awaitable[None]]
    ) -> None:
        """Send the items, each as soon as it is made, until nobody wants them any more.

        Args:
            run: Gives the items; each is made when the one before was taken.
        """
        name = self._asked.request.operation.name
        try:
            async with self._time:
                control = json.dumps(self._asked.control).encode()
                await self._offer(self._line("begun", b', "control": ' + control))
                # Before it is granted anything: who asked may be gone, and a broker know it.
                beside = [asyncio.create_task(self._beat())]
                try:
                    await self._room()
                    await self._asked.accept()
                    beside.append(asyncio.create_task(self._stop()))
                    await self._give_all(run)
                finally:
                    for task in beside:
                        task.cancel()
                    await asyncio.gather(*beside, return_exceptions=True)
        except TimeoutError:
            if not self._time.expired():
                raise
            if not self._left:
                _logger.warning("who asked for an answer is gone", operation=name)
        except self._lost as error:
            self._why = error
        finally:
            # What has not left by now may still be lost.
            self._left = True
        if self._why is not None:
            _logger.warning("an answer broke off", operation=name, why=repr(self._why))

    def hear(self, line: Mapping[str, object]) -> None:
        """Go on, as far as there is credit, or end."""
        if self._left or self._time.expired():
            return
        if line.get("kind") == "cancel":
            self._leave()
            return
        self._time.reschedule(_now() + SILENCE)
        self._most_parts = max(self._most_parts, _number(line, "parts"))
        self._most_bytes = max(self._most_bytes, _number(line, "bytes"))
        self._credit.set()

    async def _give_all(
        self, run: Callable[[Callable[[Item], Awaitable[None]]], Awaitable[None]]
    ) -> None:
        self._resumed_at = _now()
        try:
            await run(self._give)
        except Problem as problem:
            await self._put("problem", json.dumps(_value(problem)).encode()).left()

    async def _give(self, item: Item) -> None:
        record = self._put("end" if item.last else "part", item.data)
        # A handler need not wait for anything between its parts.
        if item.last or self._outbox.full or self._sent_at - self._resumed_at > _TURN:
            await record.left()
            self._resumed_at = _now()
        if not item.last:
            await self._room()

    async def _room(self) -> None:
        """Wait until one more may be sent.

        Raises:
            Problem: The service stops before that.
        """
        while self._parts >= self._most_parts or self._bytes >= self._most_bytes:
            if self._end is not None:
                raise self._end
            self._credit.clear()
            await self._credit.wait()
            self._resumed_at = _now()

    async def _stop(self) -> None:
        # Not the runner's to say: what is given again is not asked for anything meanwhile.
        self._end = await self._stopped()
        self._credit.set()

    async def _beat(self) -> None:
        try:
            while True:
                await asyncio.sleep(self._sent_at + BEAT - _now())
                if _now() < self._sent_at + BEAT:
                    continue
                if self._parts == 0:
                    await self._offer(self._line("alive"))
                else:
                    self._outbox.put(self._line("alive"), self._lose)
        except self._lost as error:
            self._lose(error)

    def _put(self, kind: Kind, value: bytes) -> Record:
        """Put what counts behind what was put before.

        Raises:
            Problem: No record of the broker may hold it. That leaves no gap.
        """
        line = self._line(kind, b', "value": ' + value, self._parts + 1)
        if len(line) > self._asked.reader.largest:
            raise Problem("internal", "a part is larger than a message may be")
        self._parts += 1
        self._bytes += len(line)
        return self._outbox.put(line, self._lose)

    async def _offer(self, line: bytes) -> None:
        reader = self._asked.reader
        await reader.offer(_record(reader, line))

    def _line(self, kind: Kind, more: bytes = b"", number: int | None = None) -> bytes:
        self._sent_at = _now()
        count = self._parts if number is None else number
        return b'%b, "kind": "%b", "number": %d%b}' % (self._names, kind.encode(), count, more)

    def _lose(self, error: BaseException) -> None:
        self._why = error
        self._leave()

    def _leave(self) -> None:
        if not (self._left or self._time.expired()):
            self._time.reschedule(_now())
        self._left = True


def _record(reader: Reader, lines: bytes) -> Message:
    return Message({"content-type": LINES_TYPE, READER: reader.id}, lines)


def _value(problem: Problem) -> dict[str, object]:
    again = {} if problem.retry_after is None else {"retry_after": problem.retry_after}
    return {**problem.document(), **again}


def _now() -> float:
    return asyncio.get_running_loop().time()


def _number(line: Mapping[str, object], name: str) -> int:
    number = line.get(name)
    return number if isinstance(number, int) else 0
