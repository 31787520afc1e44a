"""How an operation runs, the same on every transport."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar

import structlog
from opentelemetry import context, propagate
from opentelemetry.trace import (
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    format_trace_id,
    set_span_in_context,
)
from service_runtime.calls.admission import Admission
from service_runtime.calls.call import Call, Incoming
from service_runtime.calls.idempotency import (
    RETRIED,
    TRANSIENT,
    IdempotencyKeys,
    Once,
    request_of,
)
from service_runtime.calls.operation import Operation, Resources
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import Model
from service_runtime.events import EventLog
from service_runtime.observability.metrics import call_seconds

InputT = TypeVar("InputT", bound=Model)
OutputT = TypeVar("OutputT", bound=Model)
ResourcesT = TypeVar("ResourcesT", bound=Resources)
ResultT = TypeVar("ResultT")

_SERVER_ERROR: Final = 500

_logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service takes on.

    Attributes:
        concurrency: Calls that run at once.
        queue: Calls that wait for a place.
        jobs: Jobs that run at once, beside the calls.
        default_timeout: Seconds for a call whose caller did not say.
        max_timeout: Seconds for any call, whatever its caller says.
    """

    concurrency: int
    queue: int
    jobs: int
    default_timeout: float
    max_timeout: float


class Service(Generic[ResourcesT]):
    """What a transport calls.

    Attributes:
        name: Of the service.
        events: What it publishes.
        stopping: Set when what goes on has to come to its end.
        resources: What its handlers work with.
        tracer: Records its spans.
    """

    def __init__(  # noqa: PLR0913 (one for each thing that it brings together)
        self,
        name: str,
        resources: ResourcesT,
        events: EventLog,
        *,
        limits: Limits,
        keys: IdempotencyKeys,
        tracer: Tracer,
    ) -> None:
        self.name: Final = name
        self.events: Final = events
        self.stopping: Final = asyncio.Event()
        self.resources: Final = resources
        self._limits: Final = limits
        self.tracer: Final = tracer
        self._admission: Final = Admission(limits.concurrency, limits.queue, limits.jobs)
        self._keys: Final = keys
        # To find a logger of the module anew takes longer than to find that nothing is logged.
        self._logger: Final = _logger.bind()

    async def run(
        self,
        operation: Operation[InputT, OutputT, ResourcesT],
        payload: InputT,
        incoming: Incoming,
    ) -> OutputT:
        """Run an operation within its deadline and the service's limits.

        It is a server span, a line in the log and a sample in the metrics. Cancelling it cancels
        the handler. A job first waits for its place.

        Raises:
            Problem: What the handler raised; `deadline_exceeded`, `resource_exhausted` or
                `conflict` by the limits of the service; `internal` for whatever else went wrong,
                with the cause in the log only.
        """

        def work(call: Call) -> Awaitable[OutputT]:
            return operation.handler(payload, call, self.resources, **incoming.dependencies)

        # A safe operation may run again: to keep its answers would cost memory and protect nothing.
        once = None if operation.safe else Once(lambda: request_of(payload), operation.output)
        if not incoming.job:
            return await self.guard(operation.name, work, incoming, once=once)
        async with self._admission.job():
            return await self.guard(operation.name, work, incoming, once=once)

    async def guard(
        self,
        name: str,
        work: Callable[[Call], Awaitable[ResultT]],
        incoming: Incoming,
        *,
        once: Once[ResultT] | None = None,
    ) -> ResultT:
        """Do what is no operation of the contract as operations are done.

        Args:
            name: What it is called in spans, logs and metrics.
            work: Does it.
            incoming: What is known of the request.
            once: What is asked: the same under the same idempotency key runs once. Without it, it
                runs each time.

        Raises:
            Problem: As `run` does.
        """
        started = time.monotonic()
        timeout = self._limits.default_timeout if incoming.timeout is None else incoming.timeout
        call = Call(
            operation=name,
            deadline=started + min(timeout, self._limits.max_timeout),
            idempotency_key=incoming.idempotency_key,
            events=self.events,
            caller=incoming.caller,
        )
        parent = propagate.extract(incoming.trace) if incoming.trace else context.Context()
        span = self.tracer.start_span(
            f"{name} {self.name}",
            context=parent,
            kind=SpanKind.SERVER,
            attributes={"service.operation": name},
        )
        token = context.attach(set_span_in_context(span))
        code = "cancelled"
        try:
            output = await self._within_deadline(work, call, incoming, once)
            code = "ok"
        except Problem as problem:
            code = problem.code
            _mark(span, problem)
            raise
        finally:
            try:
                seconds = time.monotonic() - started
                call_seconds(name, code).observe(seconds)
                duration_ms = round(seconds * 1000, 1)
                self._logger.info("call", operation=name, code=code, duration_ms=duration_ms)
            finally:
                context.detach(token)
                span.end()
        return output

    async def _within_deadline(
        self,
        work: Callable[[Call], Awaitable[ResultT]],
        call: Call,
        incoming: Incoming,
        once: Once[ResultT] | None,
    ) -> ResultT:
        remaining = call.remaining()
        if remaining == 0:
            raise Problem("deadline_exceeded", "the deadline had passed when the call arrived")
        handle = self._handle if incoming.job else self._handle_in_turn
        try:
            async with asyncio.timeout(remaining):
                if once is None or not call.idempotency_key:
                    return await handle(work, call)
                return await self._keys.once(
                    f"{call.operation} {call.idempotency_key}",
                    once.request(),
                    once.output,
                    partial(handle, work, call),
                    RETRIED if incoming.job else TRANSIENT,
                )
        except TimeoutError:
            raise Problem("deadline_exceeded", "the call took longer than its deadline") from None

    async def _handle_in_turn(
        self, work: Callable[[Call], Awaitable[ResultT]], call: Call
    ) -> ResultT:
        await self._admission.enter()
        try:
            return await self._handle(work, call)
        finally:
            self._admission.leave()

    async def _handle(self, work: Callable[[Call], Awaitable[ResultT]], call: Call) -> ResultT:
        try:
            with self.events.writing():
                return await work(call)
        except Problem:
            raise
        except Exception as error:
            _logger.exception("handler failed", operation=call.operation)
            raise Problem("internal", "the service failed; its log has the cause") from error


def _mark(span: Span, problem: Problem) -> None:
    """Tell the span of the problem, and the problem of the trace."""
    span.set_attribute("error.type", problem.code)
    # As for HTTP: what the caller did wrong is no error of the server.
    # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
    if problem.status >= _SERVER_ERROR:
        span.set_status(StatusCode.ERROR, problem.detail)
    ids = span.get_span_context()
    if ids.is_valid and not problem.trace_id:
        problem.trace_id = format_trace_id(ids.trace_id)
