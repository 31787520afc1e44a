"""Jobs that give parts, which go where the steps of jobs go."""

from collections.abc import Mapping
from typing import Any, Final

from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import Model
from service_runtime.transports import Host
from service_runtime.transports.job_parts import JobParts
from service_runtime.transports.messages import Message
from service_runtime.transports.rabbitmq.broker import Broker
from service_runtime.transports.rabbitmq.jobs import Jobs, Order
from service_runtime.transports.rabbitmq.topology import Topology
from service_runtime.transports.signatures import Signatures


class PartJobs(Jobs):
    """Runs what arrives on the queue of jobs, whatever it gives."""

    def __init__(
        self, host: Host, broker: Broker, names: Topology, signatures: Signatures, *, tries: int
    ) -> None:
        super().__init__(host, broker, names, signatures, tries=tries)
        self._parts: Final = JobParts(host)

    @property
    def operations(self) -> Mapping[str, Operation[Any, Any, Any]]:
        """What a job may be."""
        return self._parts.operations

    async def do(self, order: Order) -> Model:
        """Do a job, and report its parts."""
        if not self._parts.concerns(order.request):
            return await super().do(order)

        async def tell(step: Message) -> None:
            if not order.session.holds:
                # It is delivered again already: what both say would be mixed.
                raise Problem("unavailable", "the connection to RabbitMQ was lost")
            await self.publish(step)

        request = order.request
        return await self._parts.run(request, request.payload(), request.incoming, tell)
