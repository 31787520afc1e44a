"""Jobs: each is run until it has succeeded, or failed for good."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aio_pika.abc import AbstractIncomingMessage
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Code, Problem
from service_runtime.calls.values import Model
from service_runtime.transports import Host, messages
from service_runtime.transports.messages import DecodingError, Message, Request, Status
from service_runtime.transports.rabbitmq.broker import Broker
from service_runtime.transports.rabbitmq.limits import check_request, fits
from service_runtime.transports.rabbitmq.session import LOST, Session
from service_runtime.transports.rabbitmq.topology import Topology
from service_runtime.transports.rabbitmq.wire import deliveries, received, sent
from service_runtime.transports.signatures import Signatures

RETRIED: Final[frozenset[Code]] = frozenset({"internal", "unavailable"})
"""Failures of the service, not of the job: another try may do better."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0

_logger = structlog.stdlib.get_logger(__name__)


def pause(tries: int) -> float:
    """Seconds to wait after so many tries."""
    return min(_FIRST_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Order:
    """A job as it was delivered, for the `tries`-th time."""

    delivery: AbstractIncomingMessage
    message: Message
    request: Request
    session: Session
    tries: int


class Jobs:
    """Runs what arrives on the queue of jobs."""

    def __init__(
        self, host: Host, broker: Broker, names: Topology, signatures: Signatures, *, tries: int
    ) -> None:
        self._host: Final = host
        self._broker: Final = broker
        self._names: Final = names
        self._tries: Final = tries
        self._signatures: Final = signatures
        self._places: Final = asyncio.Semaphore(host.settings.max_jobs)
        self._stopping: Final = asyncio.Event()

    @property
    def prefetch(self) -> int:
        """Jobs at once: as many as run, and as many that wait for their next try."""
        return 2 * self._host.settings.max_jobs

    @property
    def operations(self) -> Mapping[str, Operation[Any, Any, Any]]:
        """What a job may be."""
        return self._host.operations

    async def do(self, order: Order) -> Model:
        """Do a job.

        Raises:
            Problem: What it ends with.
        """
        request = order.request
        return await self._host.service.run(request.operation, request.payload(), request.incoming)

    async def publish(self, step: Message) -> None:
        """Return when the broker has a step of a job."""
        channel = self._names.jobs.name
        await self._broker.publish("", channel, sent(step.signed(self._signatures, channel)))

    def stop(self) -> None:
        """Begin no further job; end every pause."""
        self._stopping.set()

    async def take(self, session: Session, delivery: AbstractIncomingMessage) -> None:
        """See a job through; what is none goes to the dead letters."""
        message = received(delivery)
        tries = deliveries(delivery) + 1
        try:
            request = self._read(message)
        except (DecodingError, Problem) as error:
            await self._broker.bury(message, delivery, tries=tries, error=str(error))
            await _settle(delivery)
        else:
            await self._see_through(Order(delivery, message, request, session, tries))

    def _read(self, message: Message) -> Request:
        request = messages.read_request(
            self._names.orders.name, message, self.operations, self._signatures
        )
        if request.job is None:
            raise DecodingError("there is no header `job-id`")
        # What is not JSON is found out before it is begun.
        with suppress(Problem):
            request.payload()
        return request

    async def _see_through(self, order: Order) -> None:
        if order.tries > self._tries:
            problem = Problem("internal", f"the service ended {self._tries} times while it ran")
            await self._fail(order, problem, tries=self._tries)
            return
        async with self._places:
            if self._stopping.is_set():
                with suppress(*LOST):
                    # Not a failure: since 4.3 this does not count as a try.
                    await order.delivery.nack(requeue=True)
                return
            outcome = await self._run(order)
        if isinstance(outcome, Model):
            await self._succeed(order, outcome)
        elif outcome.code not in RETRIED:
            await self._tell(order, "failed", outcome)
            await _settle(order.delivery)
        elif not order.session.holds:
            # It is delivered again already, with this try counted.
            return
        elif order.tries >= self._tries:
            await self._fail(order, outcome, tries=order.tries)
        else:
            await self._again(order, outcome)

    async def _run(self, order: Order) -> Model | Problem:
        await self._tell(order, "running")
        try:
            check_request(order.message, self._host.settings.max_body_bytes)
            return await self.do(order)
        except Problem as problem:
            return problem

    async def _again(self, order: Order, problem: Problem) -> None:
        """Hand it back after a while; its place is free meanwhile."""
        _logger.warning(
            "a job is tried again",
            operation=order.request.operation.name,
            tries=order.tries,
            problem=str(problem),
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(pause(order.tries)):
                await self._stopping.wait()
        with suppress(*LOST):
            # Not `nack`, which since 4.3 does not count as a try.
            await order.delivery.reject(requeue=True)

    async def _succeed(self, order: Order, output: Model) -> None:
        if fits(messages.step(order.request, "succeeded", output)):
            await self._tell(order, "succeeded", output)
        else:
            # Another try would give the same.
            problem = Problem("internal", "the result is larger than a message may be")
            await self._tell(order, "failed", problem)
        await _settle(order.delivery)

    async def _fail(self, order: Order, problem: Problem, tries: int) -> None:
        await self._tell(order, "failed", problem)
        await self._broker.bury(order.message, order.delivery, tries=tries, error=str(problem))
        await _settle(order.delivery)

    async def _tell(
        self, order: Order, status: Status, outcome: Model | Problem | None = None
    ) -> None:
        await self.publish(messages.step(order.request, status, outcome))


async def _settle(delivery: AbstractIncomingMessage) -> None:
    """Let go of it for good; on a lost connection it comes again, and its outcome is kept."""
    with suppress(*LOST):
        await delivery.ack()
