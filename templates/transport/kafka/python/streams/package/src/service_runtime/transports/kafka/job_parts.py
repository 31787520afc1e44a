"""Jobs that give parts, which go where the steps of jobs go."""

from collections.abc import Mapping
from typing import Any, Final

from service_runtime.calls.call import Incoming
from service_runtime.calls.operation import Operation
from service_runtime.calls.values import Model
from service_runtime.transports import Host
from service_runtime.transports.job_parts import JobParts
from service_runtime.transports.kafka.delivery import Delivery
from service_runtime.transports.kafka.jobs import Jobs
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.sender import Sender
from service_runtime.transports.messages import Message, Request
from service_runtime.transports.signatures import Signatures


class PartJobs(Jobs):
    """Does jobs, whatever they give."""

    def __init__(
        self, host: Host, names: Names, sender: Sender, signatures: Signatures, *, tries: int
    ) -> None:
        super().__init__(host, names, sender, signatures, tries=tries)
        self._parts: Final = JobParts(host)

    @property
    def operations(self) -> Mapping[str, Operation[Any, Any, Any]]:
        """What a job may be."""
        return self._parts.operations

    async def do(
        self, delivery: Delivery, request: Request, payload: Model, incoming: Incoming
    ) -> Model:
        """Do a job, and report its parts."""
        if not self._parts.concerns(request):
            return await super().do(delivery, request, payload, incoming)

        async def tell(step: Message) -> None:
            # What another process has by now is not ours to tell.
            delivery.check()
            await self.publish(delivery, request, step)

        return await self._parts.run(request, payload, incoming, tell)
