"""Answers in parts as a broker's messages: for every broker.

A process that takes a request says that it has begun, and where it listens. It runs when the
gateway grants it credit, as far as that goes, and no longer than it hears of the gateway. The
gateway has the other end in `transports/messages/streams.ts`.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from uuid import uuid4

import structlog
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.calls.streams import Item, Streams
from service_runtime.transports import Host, messages
from service_runtime.transports.messages import JSON_TYPE, Message, Request

BEAT: Final = 2.0
"""Seconds between two signs of life, of either end."""

SILENCE: Final = 10.0
"""Seconds without one after which the other end is gone."""

KIND: Final = "stream"
RUN: Final = "stream-id"
SEQUENCE: Final = "stream-sequence"
CONTROL: Final = "stream-control"
PARTS: Final = "stream-parts"
BYTES: Final = "stream-bytes"

Kind = Literal["begun", "part", "end", "problem", "alive"]

_NOTHING: Final = b"{}"

_logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for an answer in parts, as a broker delivered it.

    Attributes:
        request: What is asked.
        send: Sends a record to who asks; those of one request arrive in the order of the calls.
            Raises Problem for what no record of the broker may hold, and what says that a broker
            is away where it knows that nobody is there to take it.
        accept: Acknowledges the request: it is not delivered to anybody else.
        control: The queue or topic on which this process hears of who asks.
    """

    request: Request
    send: Callable[[Message], Awaitable[None]]
    accept: Callable[[], Awaitable[None]]
    control: str


class StreamAnswers:
    """The answers in parts that this process gives over one broker."""

    def __init__(self, host: Host, lost: tuple[type[Exception], ...]) -> None:
        """Serve those of a service.

        Args:
            host: The service.
            lost: What `Asked.send` raises when the broker is away: the answer ends.
        """
        self._host: Final = host
        self._lost: Final = lost
        self._runs: Final[dict[str, _Run]] = {}

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
        request = asked.request
        try:
            payload = request.payload()
        except Problem as problem:
            await asked.send(refusal(problem))
            return
        operation = self._host.streams[request.operation.name]
        streams = Streams.of(self._host.service, self._host.settings)
        run = _Run(asked, streams.stopped, self._lost)
        self._runs[run.id] = run
        try:
            await run.serve(streams.run(operation, payload, request.incoming))
        finally:
            del self._runs[run.id]

    def hear(self, message: Message) -> None:
        """Take what a gateway says of an answer; of those of other processes nothing is known."""
        run = self._runs.get(message.headers.get(RUN, ""))
        if run is not None:
            run.hear(message.headers)


def refusal(problem: Problem) -> Message:
    """The answer to a request that nothing is run for."""
    message = messages.answer(problem)
    return Message({**message.headers, KIND: "problem"}, message.body)


class _Run:
    """One answer, on its way to who asked.

    Attributes:
        id: What the gateway calls it.
    """

    def __init__(
        self,
        asked: Asked,
        stopped: Callable[[], Awaitable[Problem]],
        lost: tuple[type[Exception], ...],
    ) -> None:
        self.id: Final = uuid4().hex
        self._asked: Final = asked
        self._stopped: Final = stopped
        self._lost: Final = lost
        self._sending: Final = asyncio.Lock()
        self._credit: Final = asyncio.Event()
        self._most_parts = 0
        self._most_bytes = 0
        self._parts = 0
        self._bytes = 0
        self._sent_at = 0.0
        self._left = False
        self._end: Problem | None = None
        self._time: Final = asyncio.timeout(SILENCE)

    async def serve(self, items: AsyncGenerator[Item]) -> None:
        """Send the items, each as soon as it is made, until nobody wants them any more."""
        name = self._asked.request.operation.name
        try:
            async with self._time, aclosing(items):
                await self._put("begun", _NOTHING, {CONTROL: self._asked.control})
                # Before it is granted anything: who asked may be gone, and a broker know it.
                beside = [asyncio.create_task(self._beat())]
                try:
                    await self._room()
                    await self._asked.accept()
                    beside.append(asyncio.create_task(self._stop()))
                    await self._send(items)
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
            _logger.warning("an answer broke off", operation=name, why=repr(error))

    def hear(self, headers: Mapping[str, str]) -> None:
        """Go on, as far as there is credit, or end."""
        if self._left or self._time.expired():
            return
        if headers.get(KIND) == "cancel":
            self._leave()
            return
        self._time.reschedule(_now() + SILENCE)
        self._most_parts = max(self._most_parts, _number(headers, PARTS))
        self._most_bytes = max(self._most_bytes, _number(headers, BYTES))
        self._credit.set()

    async def _send(self, items: AsyncGenerator[Item]) -> None:
        try:
            async for item in items:
                await self._put("end" if item.last else "part", item.data)
                if not item.last:
                    await self._room()
        except Problem as problem:
            message = refusal(problem)
            await self._put("problem", message.body, message.headers)

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

    async def _stop(self) -> None:
        # Not the generator's to say: it is not asked for anything meanwhile.
        self._end = await self._stopped()
        self._credit.set()

    async def _beat(self) -> None:
        try:
            while True:
                await asyncio.sleep(self._sent_at + BEAT - _now())
                if _now() >= self._sent_at + BEAT:
                    await self._put("alive", _NOTHING)
        except self._lost:
            self._leave()

    async def _put(self, kind: Kind, body: bytes, more: Mapping[str, str] | None = None) -> None:
        # One at a time: a sign of life has the number of what was sent before it.
        async with self._sending:
            counts = kind not in {"begun", "alive"}
            headers = {
                "content-type": JSON_TYPE,
                **(more or {}),
                KIND: kind,
                RUN: self.id,
                SEQUENCE: str(self._parts + counts),
            }
            await self._asked.send(Message(headers, body))
            # What could not be sent leaves no gap: a problem has its number.
            if counts:
                self._parts += 1
                self._bytes += len(body)
            self._sent_at = _now()

    def _leave(self) -> None:
        self._left = True
        if not self._time.expired():
            self._time.reschedule(_now())


def _now() -> float:
    return asyncio.get_running_loop().time()


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "")
    return int(text) if text.isdecimal() else 0
