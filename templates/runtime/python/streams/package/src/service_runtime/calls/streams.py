"""How an operation answers in parts, the same on every transport.

A handler is an asynchronous generator: it yields parts, and its output last. It is asked for the
next one when the reader of the answer wants it, so that nothing piles up, and closed when the
reader leaves.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Concatenate, Final, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from opentelemetry import trace
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings
from service_runtime.calls.call import Call, Incoming
from service_runtime.calls.handover import pulled
from service_runtime.calls.idempotency import MemoryKeys, Once, request_of
from service_runtime.calls.operation import Operation, Resources, dependencies_of
from service_runtime.calls.problem import Problem
from service_runtime.calls.runner import Limits, Service
from service_runtime.calls.values import Model
from service_runtime.settings import ServiceSettings

InputT = TypeVar("InputT", bound=Model)
PartT = TypeVar("PartT", bound=Model)
OutputT = TypeVar("OutputT", bound=Model)
ResourcesT = TypeVar("ResourcesT", bound=Resources)

RETRY_AFTER: Final = 1.0
"""Seconds after which who was sent away by the end of the process may come back."""

GRACE: Final = 0.8
"""Share of the time to stop in which answers may end; behind it they get a problem."""

MAX_ITEM_BYTES: Final = 512 * 1024
"""Largest part, and largest output behind parts, as JSON: every hop keeps a few in memory."""


@dataclass(frozen=True, slots=True)
class StreamOperation(Generic[InputT, PartT, OutputT, ResourcesT]):
    """An operation of the contract that answers in parts, with the function that does it.

    Attributes:
        name: Its name in the contract.
        input: What it takes.
        part: What it gives again and again.
        output: What it gives last. One that needs no fields may be left out.
        handler: Yields parts, then the output; in the module that bears its name.
        safe: It changes nothing (RFC 9110, 9.2.1), so it may run again.
    """

    name: str
    input: type[InputT]
    part: type[PartT]
    output: type[OutputT]
    handler: Callable[Concatenate[InputT, Call, ResourcesT, ...], AsyncGenerator[PartT | OutputT]]
    safe: bool

    def dependencies(self) -> Sequence[inspect.Parameter]:
        """What the handler takes of the web framework, beside payload, call and resources."""
        return dependencies_of(self.handler)

    def refuse_dependencies(self, way: str) -> None:
        """Check that the handler can be called by a way in that knows no web framework.

        Raises:
            TypeError: It takes what only a route can give.
        """
        handler: Any = self.handler
        once = Operation(self.name, self.input, self.output, handler, self.safe)
        once.refuse_dependencies(way)


class StreamSettings(BaseSettings):
    """What a service that answers in parts reads beside the rest.

    Attributes:
        stream_timeout_ms: Milliseconds for a whole answer, whatever its caller says.
        stream_idle_ms: Milliseconds for each part, while its reader waits for it.
        max_streams: Answers at once; over HTTP each has a connection, of `max_connections`.
        max_stream_parts: Parts of one answer.
        max_stream_bytes: Size of all parts of one answer, as JSON.
        stream_replay_bytes: Size of an answer up to which it is kept under its key.
    """

    stream_timeout_ms: int = Field(default=600_000, ge=1)
    stream_idle_ms: int = Field(default=30_000, ge=1)
    max_streams: int = Field(default=900, ge=1)
    max_stream_parts: int = Field(default=1_000_000, ge=1)
    max_stream_bytes: int = Field(default=256 * 1024 * 1024, ge=1)
    stream_replay_bytes: int = Field(default=256 * 1024, ge=0)


class Item(NamedTuple):
    """A part of an answer, or its output.

    Attributes:
        value: Of the class that the contract has for it.
        data: The same as JSON in UTF-8.
        last: It is the output: nothing comes behind it.
    """

    value: Model
    data: bytes
    last: bool


@dataclass(slots=True)
class _Answer:
    """What is kept of an answer under its key.

    Attributes:
        parts: As JSON, which takes a fraction of the memory of models, and nothing of the garbage
            collector's time; none when that is more than is kept.
        output: What it gave last.
        size: Of all items, as JSON.
        count: How many parts there were.
        whole: Whether `parts` has all of them.
    """

    parts: list[bytes] = field(default_factory=list[bytes])
    output: Item | None = None
    size: int = 0
    count: int = 0
    whole: bool = True

    def add(self, item: Item, most: int) -> None:
        self.size += len(item.data)
        if self.size > most:
            self.whole = False
            self.parts.clear()
        if item.last:
            self.output = item
            return
        self.count += 1
        if self.whole:
            self.parts.append(item.data)


class Streams:
    """Runs operations that answer in parts, in places of their own: they hold up no call."""

    def __init__(self, service: Service[Any], settings: ServiceSettings) -> None:
        """Stand beside a service.

        Args:
            service: Whose resources, events and spans they are.
            settings: Of the service; `StreamSettings` are mixed into them.

        Raises:
            TypeError: They are not.
        """
        if not isinstance(settings, StreamSettings):
            raise TypeError("a service that answers in parts has `StreamSettings` in its settings")
        self._settings: Final = settings
        self._grace: Final = settings.shutdown_seconds * GRACE
        self._resources: Final[Any] = service.resources
        self._stopping: Final = service.stopping
        longest = settings.stream_timeout_ms / 1000
        self._runner: Final = Service(
            service.name,
            service.resources,
            service.events,
            limits=Limits(
                concurrency=settings.max_streams,
                queue=0,
                jobs=1,
                default_timeout=longest,
                max_timeout=longest,
            ),
            # In memory also where calls have theirs in a store: an answer of many parts is no row.
            keys=MemoryKeys(settings.idempotency_ttl_seconds, settings.idempotency_max_bytes),
            tracer=service.tracer,
        )

    @classmethod
    def of(cls, service: Service[Any], settings: ServiceSettings) -> "Streams":
        """Those of a service, the same on all ways in.

        Raises:
            TypeError: As the constructor.
        """
        found = _STREAMS.get(service)
        if found is None:
            found = _STREAMS[service] = cls(service, settings)
        return found

    async def send(
        self,
        operation: StreamOperation[InputT, PartT, OutputT, Any],
        payload: InputT,
        incoming: Incoming,
        send: Callable[[Item], Awaitable[None]],
    ) -> None:
        """Run an operation; each item is made when the one before has been sent.

        It is a server span with events for its first part and its end, a line in the log and a
        sample in the metrics. Cancelling it closes the generator of the handler. What comes again
        under its idempotency key waits for the end of the first and is given the same items, of a
        job whose answer is too long to be kept the output alone; it runs only where the first left
        nothing to keep (its reader left, or a failure that says nothing of the request).

        Args:
            operation: What is run.
            payload: What it is asked.
            incoming: What is known of the request.
            send: Takes parts, then the output. It is cancelled when the answer ends meanwhile.

        Raises:
            Problem: What the handler raised, behind the parts that it gave before;
                `deadline_exceeded`, `resource_exhausted` or `conflict` by the limits of the
                service; `unavailable` when it stops; `internal` for whatever else went wrong.
        """
        run = _Run(self._settings, operation, send)

        def work(call: Call) -> Awaitable[_Answer]:
            given = operation.handler(payload, call, self._resources, **incoming.dependencies)
            # A task of its own: what waits below many others is resumed through all of them, which
            # would cost each part more than to make it.
            return asyncio.create_task(run.pull(given))

        once = None if operation.safe else Once(lambda: request_of(payload), _Answer)
        stopping = asyncio.create_task(self._stop(run))
        try:
            answer = await self._runner.guard(operation.name, work, incoming, once=once)
            for data in () if run.ran else _kept(answer, incoming):
                await send(Item(operation.part.model_validate_json(data), data, last=False))
            if answer.output is not None:
                await send(answer.output)
        finally:
            stopping.cancel()

    def run(
        self,
        operation: StreamOperation[InputT, PartT, OutputT, Any],
        payload: InputT,
        incoming: Incoming,
    ) -> AsyncGenerator[Item]:
        """The same, for who asks for items: each is made when it is asked for.

        Returns:
            Parts, then the output; it raises what `send` raises. Closing it closes the generator of
            the handler.
        """
        return pulled(lambda give: self.send(operation, payload, incoming, give))

    async def stopped(self) -> Problem:
        """Return when the service stops and answers have had their time: what they end with."""
        await self._stopping.wait()
        await asyncio.sleep(self._grace)
        return Problem(
            "unavailable",
            "the service is stopping and the answer is not at its end: ask again",
            retry_after=RETRY_AFTER,
        )

    async def _stop(self, run: "_Run") -> None:
        run.end(await self.stopped())


_STREAMS: Final[WeakKeyDictionary[Service[Any], Streams]] = WeakKeyDictionary()


def _kept(answer: _Answer, incoming: Incoming) -> Sequence[bytes]:
    # Of a job that was done, the parts were reported once, and its result is what it is run for.
    if not (answer.whole or incoming.job):
        raise Problem(
            "conflict",
            "what the idempotency key stands for was answered, and is too long to be given again",
        )
    return answer.parts


class _Run:
    """One run of a handler. One timer looks after all of its parts.

    Attributes:
        ran: The handler was asked, and not an answer that is kept.
    """

    _timer: asyncio.TimerHandle

    def __init__(
        self,
        settings: StreamSettings,
        operation: StreamOperation[Any, Any, Any, Any],
        send: Callable[[Item], Awaitable[None]],
    ) -> None:
        self.ran = False
        self._idle: Final = settings.stream_idle_ms / 1000
        self._most_parts: Final = settings.max_stream_parts
        self._most_bytes: Final = settings.max_stream_bytes
        self._most_kept: Final = settings.stream_replay_bytes
        self._operation: Final = operation
        self._send: Final = send
        self._loop: Final = asyncio.get_running_loop()
        self._now: Final = self._loop.time
        self._asked_at: float | None = None
        self._time: asyncio.Timeout | None = None
        self._why: Problem | None = None

    def end(self, why: Problem) -> None:
        """End a handler that runs."""
        if self._why is not None:
            return
        self._why = why
        if self._time is not None:
            self._time.reschedule(0)

    async def pull(self, given: AsyncGenerator[Model]) -> _Answer:
        """Ask the handler for one item after the other, and send all but the output.

        Raises:
            Problem: A limit is passed, or the handler does not keep to its contract.
        """
        self.ran = True
        self._look()
        answer = _Answer()
        time = asyncio.timeout(None)
        async with aclosing(given):
            try:
                async with time:
                    self._time = time
                    self._ask()
                    async for value in given:
                        item = self._take(answer, value)
                        if not item.last:
                            self._asked_at = None
                            await self._send(item)
                        self._ask()
            except TimeoutError:
                if self._why is None or not time.expired():
                    raise
                raise self._why from None
            finally:
                self._time = None
                self._timer.cancel()
        if answer.output is None:
            self._take(answer, self._made_up())
        counts = {"parts": answer.count, "bytes": answer.size}
        trace.get_current_span().add_event("end", counts)
        return answer

    def _ask(self) -> None:
        if self._why is not None:
            raise self._why
        self._asked_at = self._now()

    def _look(self) -> None:
        """End a handler that is late with an item; look again when the next one may be late."""
        now = self._now()
        late = (now if self._asked_at is None else self._asked_at) + self._idle
        if now < late:
            self._timer = self._loop.call_at(late, self._look)
            return
        detail = f"no part came within {self._idle * 1000:.0f} ms"
        self.end(Problem("deadline_exceeded", detail))

    def _made_up(self) -> Model:
        """The output of a handler that gave none.

        Raises:
            TypeError: The contract wants one.
        """
        try:
            return self._operation.output()
        except ValidationError:
            name = self._operation.output.__name__
            raise TypeError(f"`{self._operation.name}` ended without its {name}") from None

    def _take(self, answer: _Answer, value: Model) -> Item:
        operation = self._operation
        if answer.output is not None:
            raise TypeError(f"`{operation.name}` gave {value!r} behind its output")
        last = not isinstance(value, operation.part)
        if last and not isinstance(value, operation.output):
            raise TypeError(f"`{operation.name}` gave {value!r}, which its contract does not have")
        # What `model_dump_json` makes its string of, without what a subclass has more.
        model = operation.output if last else operation.part
        data = model.__pydantic_serializer__.to_json(value)
        if len(data) > MAX_ITEM_BYTES:
            raise ValueError(
                f"`{operation.name}` gave {len(data)} bytes at once, more than {MAX_ITEM_BYTES}: "
                "give them in several parts"
            )
        if answer.size == 0:
            trace.get_current_span().add_event("first part")
        item = Item(value, data, last)
        answer.add(item, self._most_kept)
        if answer.count > self._most_parts:
            raise Problem("resource_exhausted", "the answer has more parts than one may have")
        if answer.size > self._most_bytes:
            raise Problem("resource_exhausted", "the answer is larger than one may be")
        return item
