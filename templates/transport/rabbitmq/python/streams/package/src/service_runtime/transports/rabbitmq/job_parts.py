"""Jobs that give parts, which go where the steps of jobs go."""

import asyncio

from service_runtime.calls.problem import Problem
from service_runtime.calls.values import Model
from service_runtime.transports.job_parts import WithParts
from service_runtime.transports.messages import Message
from service_runtime.transports.rabbitmq.jobs import Jobs, Order
from service_runtime.transports.rabbitmq.session import LOST
from service_runtime.transports.rabbitmq.wire import sent


class PartJobs(WithParts, Jobs):
    """Runs what arrives on the queue of jobs, whatever it gives."""

    async def do(self, order: Order) -> Model:
        """Do a job, and report its parts."""
        if not self._parts.concerns(order.request):
            return await super().do(order)

        session = order.session
        channel = self._names.jobs.name

        async def send(step: Message) -> None:
            try:
                await session.publish("", channel, sent(step.signed(self._signatures, channel)))
            except LOST as error:
                self._broker.leave(session, "a part was not confirmed")
                # It is delivered again: what both say would be mixed.
                raise Problem("unavailable", "the connection to RabbitMQ was lost") from error

        async def put(step: Message) -> asyncio.Task[None]:
            # Those of one channel leave in the order in which they begin.
            return asyncio.create_task(send(step))

        request = order.request
        return await self._parts.run(request, request.payload(), request.incoming, put)
