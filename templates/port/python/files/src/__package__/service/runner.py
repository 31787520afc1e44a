"""How an operation runs, the same on every transport."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import structlog
from opentelemetry import propagate
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, format_trace_id

from .admission import Admission
from .call import Call, Incoming
from .events import EventLog
from .idempotency import RETRIED, TRANSIENT, Idempotency
from .metrics import CALL_SECONDS
from .model import Model
from .operation import Operation
from .problem import Problem
from .resources import Resources

InputT = TypeVar("InputT", bound=Model)
OutputT = TypeVar("OutputT", bound=Model)
ResourcesT = TypeVar("ResourcesT", bound=Resources)

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
        idempotency_ttl: Seconds for which an outcome is kept under its key.
        idempotency_bytes: Size of all outcomes kept, as JSON.
    """

    concurrency: int
    queue: int
    jobs: int
    default_timeout: float
    max_timeout: float
    idempotency_ttl: float
    idempotency_bytes: int


class Service(Generic[ResourcesT]):
    """What a transport calls."""

    def __init__(
        self,
        name: str,
        resources: ResourcesT,
        events: EventLog,
        limits: Limits,
        tracer: Tracer,
    ) -> None:
        self.name: Final = name
        self.events: Final = events
        self._resources: Final = resources
        self._limits: Final = limits
        self._tracer: Final = tracer
        self._admission: Final = Admission(limits.concurrency, limits.queue, limits.jobs)
        self._idempotency: Final = Idempotency(limits.idempotency_ttl, limits.idempotency_bytes)

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
                `conflict` by the rules of the port; `internal` for whatever else went wrong, with
                the cause in the log only.
        """
        if not incoming.job:
            return await self._run(operation, payload, incoming)
        async with self._admission.job():
            return await self._run(operation, payload, incoming)

    async def _run(
        self,
        operation: Operation[InputT, OutputT, ResourcesT],
        payload: InputT,
        incoming: Incoming,
    ) -> OutputT:
        started = time.monotonic()
        timeout = self._limits.default_timeout if incoming.timeout is None else incoming.timeout
        call = Call(
            operation=operation.name,
            deadline=started + min(timeout, self._limits.max_timeout),
            idempotency_key=incoming.idempotency_key,
            events=self.events,
        )
        with self._tracer.start_as_current_span(
            f"{operation.name} {self.name}",
            context=propagate.extract(incoming.trace),
            kind=SpanKind.SERVER,
            attributes={"service.operation": operation.name},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            code = "cancelled"
            try:
                output = await self._within_deadline(operation, payload, call, incoming)
                code = "ok"
            except Problem as problem:
                code = problem.code
                _mark(span, problem)
                raise
            finally:
                seconds = time.monotonic() - started
                CALL_SECONDS.labels(operation.name, code).observe(seconds)
                _logger.info(
                    "call",
                    operation=operation.name,
                    code=code,
                    duration_ms=round(seconds * 1000, 1),
                )
        return output

    async def _within_deadline(
        self,
        operation: Operation[InputT, OutputT, ResourcesT],
        payload: InputT,
        call: Call,
        incoming: Incoming,
    ) -> OutputT:
        if call.remaining() == 0:
            raise Problem("deadline_exceeded", "the deadline had passed when the call arrived")
        try:
            async with asyncio.timeout(call.remaining()):
                return await self._once(operation, payload, call, incoming)
        except TimeoutError:
            raise Problem("deadline_exceeded", "the call took longer than its deadline") from None

    async def _once(
        self,
        operation: Operation[InputT, OutputT, ResourcesT],
        payload: InputT,
        call: Call,
        incoming: Incoming,
    ) -> OutputT:
        async def work() -> OutputT:
            if incoming.job:
                return await self._handle(operation, payload, call)
            async with self._admission.admitted():
                return await self._handle(operation, payload, call)

        # A safe operation may run again: to keep its answers would cost memory and protect nothing.
        if operation.safe or not call.idempotency_key:
            return await work()
        return await self._idempotency.once(
            f"{operation.name} {call.idempotency_key}",
            payload,
            work,
            RETRIED if incoming.job else TRANSIENT,
        )

    async def _handle(
        self,
        operation: Operation[InputT, OutputT, ResourcesT],
        payload: InputT,
        call: Call,
    ) -> OutputT:
        try:
            with self.events.writing():
                return await operation.handler(payload, call, self._resources)
        except Problem:
            raise
        except Exception as error:
            _logger.exception("handler failed", operation=operation.name)
            raise Problem("internal", "the service failed; its log has the cause") from error


def _mark(span: Span, problem: Problem) -> None:
    """Tell the span of the problem, and the problem of the trace."""
    span.set_attribute("error.type", problem.code)
    # As for HTTP: what the caller did wrong is no error of the server.
    # https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
    if problem.status >= _SERVER_ERROR:
        span.set_status(StatusCode.ERROR, problem.detail)
    context = span.get_span_context()
    if context.is_valid and not problem.trace_id:
        problem.trace_id = format_trace_id(context.trace_id)
