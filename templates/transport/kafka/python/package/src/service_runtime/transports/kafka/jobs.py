"""Jobs: nobody waits, so each is tried until it is done or given up."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError
from service_runtime.calls.call import Incoming
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import Model
from service_runtime.transports import Host
from service_runtime.transports.kafka.calls import limit
from service_runtime.transports.kafka.connection import reason
from service_runtime.transports.kafka.delivery import Delivery, LostError
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.sender import Sender
from service_runtime.transports.kafka.spans import processing
from service_runtime.transports.messages import (
    DecodingError,
    Message,
    Request,
    Status,
    dead,
    read_request,
    step,
)
from service_runtime.transports.signatures import Signatures

RETRIED: Final = frozenset({"internal", "unavailable"})
"""Problems that say nothing about the input: a further try may go well."""

PAUSE_SECONDS: Final = 1.0
"""Before the second try; twice as long before each further one."""

_PAUSE_MAX: Final = 60.0

SEND_AGAIN_SECONDS: Final = 1.0
"""Before what the broker did not take in its time is sent once more."""

REFUSALS: Final = 5
"""How often a message is sent that the broker refuses: more tries would not mend it."""

_logger = structlog.stdlib.get_logger(__name__)


class Jobs:
    """Does jobs, reports their steps, and dead-letters what cannot be done."""

    def __init__(
        self, host: Host, names: Names, sender: Sender, signatures: Signatures, *, tries: int
    ) -> None:
        """Do the jobs of a service; try each `tries` times."""
        self._host: Final = host
        self._names: Final = names
        self._sender: Final = sender
        self._signatures: Final = signatures
        self._tries: Final = tries
        # A place is waited for here, so that a job counts as begun only when it runs.
        self._places: Final = asyncio.Semaphore(host.settings.max_jobs)
        self._suspects: Final = asyncio.Lock()

    @property
    def operations(self) -> Mapping[str, Operation[Any, Any, Any]]:
        """What a job may be."""
        return self._host.operations

    async def do(
        self, _delivery: Delivery, request: Request, payload: Model, incoming: Incoming
    ) -> Model:
        """Do a job.

        Raises:
            Problem: What it ends with.
            LostError: It is another process's by now.
        """
        return await self._host.service.run(request.operation, payload, incoming)

    async def publish(self, delivery: Delivery, request: Request, step: Message) -> None:
        """Return when the broker has a step of a job.

        Raises:
            KafkaError: The broker refuses it.
            LostError: The job is another process's by now.
        """
        key = request.job.id if request.job else ""
        signed = step.signed(self._signatures, self._names.jobs)
        await self._send(delivery, self._names.jobs, key.encode(), signed)

    async def handle(self, delivery: Delivery) -> None:
        """Do a job to its end.

        Raises:
            LostError: It is another process's by now.
        """
        request: Request | None = None
        try:
            request = self._read(delivery)
            payload = request.payload()
        except DecodingError as error:
            await self._bury(delivery, 0, str(error))
            if request is not None:
                problem = Problem("invalid_argument", f"the input cannot be read: {error}")
                await self._fail(delivery, request, problem)
        except Problem as problem:
            if request is None:
                await self._bury(delivery, 0, str(problem))
            else:
                await self._fail(delivery, request, problem)
        else:
            try:
                await self._work(delivery, request, payload)
            except KafkaError as error:
                problem = Problem("internal", f"Kafka does not take its steps: {reason(error)}")
                await self._give_up(delivery, request, delivery.tries, problem)
        delivery.done()

    def _read(self, delivery: Delivery) -> Request:
        message = delivery.message
        request = read_request(delivery.topic, message, self.operations, self._signatures)
        if request.job is None:
            raise DecodingError("there is no header `job-id`")
        return request

    async def _work(self, delivery: Delivery, request: Request, payload: Model) -> None:
        if not delivery.tries:
            await self._try(delivery, request, payload)
            return
        # A process died while it ran. Those that did not kill it are soon done: one at a time,
        # so that each further death has one suspect.
        async with self._suspects:
            if delivery.tries >= self._tries:
                problem = Problem("internal", "the service died each time that it did this")
                await self._give_up(delivery, request, delivery.tries, problem)
            else:
                await self._try(delivery, request, payload)

    async def _try(self, delivery: Delivery, request: Request, payload: Model) -> None:
        while True:
            tries, outcome = await self._once(delivery, request, payload)
            if isinstance(outcome, Model):
                await self._succeed(delivery, request, outcome)
                return
            if outcome.code not in RETRIED:
                await self._tell(delivery, request, "failed", outcome)
                return
            if tries >= self._tries:
                await self._give_up(delivery, request, tries, outcome)
                return
            await delivery.pause(min(_PAUSE_MAX, PAUSE_SECONDS * 2 ** (tries - 1)))

    async def _once(
        self, delivery: Delivery, request: Request, payload: Model
    ) -> tuple[int, Model | Problem]:
        async with self._places:
            tries = await delivery.begin()
            try:
                await self._tell(delivery, request, "running")
                with processing(delivery.topic, self._names.workers, request.incoming) as incoming:
                    limit(delivery.message, self._host.settings.max_body_bytes)
                    return tries, await self.do(delivery, request, payload, incoming)
            except Problem as problem:
                return tries, problem
            except (asyncio.CancelledError, LostError):
                delivery.undo()
                raise

    async def _succeed(self, delivery: Delivery, request: Request, output: Model) -> None:
        try:
            await self._tell(delivery, request, "succeeded", output)
        except MessageSizeTooLargeError:
            problem = Problem("internal", "the result is larger than a message may be")
            await self._tell(delivery, request, "failed", problem)

    async def _give_up(
        self, delivery: Delivery, request: Request, tries: int, problem: Problem
    ) -> None:
        await self._bury(delivery, tries, str(problem))
        await self._fail(delivery, request, problem)

    async def _fail(self, delivery: Delivery, request: Request, problem: Problem) -> None:
        """Report the end of a job; when Kafka refuses that too, nobody can be told."""
        try:
            await self._tell(delivery, request, "failed", problem)
        except KafkaError:
            _logger.exception("the end of a job is not told", origin=delivery.origin)

    async def _tell(
        self,
        delivery: Delivery,
        request: Request,
        status: Status,
        outcome: Model | Problem | None = None,
    ) -> None:
        await self.publish(delivery, request, step(request, status, outcome))

    async def _bury(self, delivery: Delivery, tries: int, error: str) -> None:
        _logger.error("a job is given up", origin=delivery.origin, tries=tries, error=error)
        letter = dead(delivery.message, origin=delivery.origin, tries=tries, error=error)
        try:
            await self._send(delivery, self._names.dead, delivery.key, letter)
        except KafkaError:
            _logger.exception("a job is not with the dead letters", origin=delivery.origin)

    async def _send(
        self, delivery: Delivery, topic: str, key: bytes | None, message: Message
    ) -> None:
        """Have the broker keep a message, however long a partition has no leader.

        Raises:
            MessageSizeTooLargeError: It is larger than topics take.
            KafkaError: The broker refuses it, each time.
            LostError: The job is not ours any more: whoever has it tells.
        """
        refusals = 0
        while True:
            try:
                await self._sender.send(topic, key, message)
            except MessageSizeTooLargeError:
                raise
            except KafkaError as error:
                refusals += not (error.retriable or isinstance(error, KafkaTimeoutError))
                if refusals >= REFUSALS:
                    raise
                _logger.warning("not sent yet", topic=topic, error=reason(error))
                await delivery.pause(SEND_AGAIN_SECONDS)
            else:
                return
