"""Jobs that give parts, which go where the steps of jobs go."""

import asyncio

from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from service_runtime.calls.call import Incoming
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import Model
from service_runtime.transports.job_parts import WithParts
from service_runtime.transports.kafka.connection import reason
from service_runtime.transports.kafka.delivery import Delivery
from service_runtime.transports.kafka.jobs import Jobs
from service_runtime.transports.kafka.sender import Sending
from service_runtime.transports.messages import Message, Request


class PartJobs(WithParts, Jobs):
    """Does jobs, whatever they give."""

    async def do(
        self, delivery: Delivery, request: Request, payload: Model, incoming: Incoming
    ) -> Model:
        """Do a job, and report its parts."""
        if not self._parts.concerns(request):
            return await super().do(delivery, request, payload, incoming)

        topic = self._names.jobs
        # That of its other steps, whatever the order has: one partition, one order.
        key = (request.job.id if request.job else "").encode()
        last: Sending | None = None

        async def put(step: Message) -> asyncio.Task[None]:
            nonlocal last
            # What another process has by now is not ours to tell.
            delivery.check()
            signed = step.signed(self._signatures, topic)
            try:
                last = await self._sender.put_behind(last, topic, key, signed)
            except MessageSizeTooLargeError:
                # Another try would give the same.
                detail = "a part is larger than a message may be"
                raise Problem("resource_exhausted", detail) from None
            except KafkaError as error:
                raise _not_taken(error) from error
            return asyncio.create_task(_taken(last.safe))

        return await self._parts.run(request, payload, incoming, put)


async def _taken(future: asyncio.Future[object]) -> None:
    try:
        # Of the producer, who may send it though nobody waits for it.
        await asyncio.shield(future)
    except KafkaError as error:
        raise _not_taken(error) from error


def _not_taken(error: KafkaError) -> Problem:
    # It may have taken it all the same: the job runs again from its beginning.
    return Problem("unavailable", f"Kafka does not take its parts: {reason(error)}")
