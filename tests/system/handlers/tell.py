"""What `tell` does."""

import socket

from service_runtime import Call

from ..contract import TellInput, TellOutput, ToldEvent
from ..resources import Resources


async def tell(payload: TellInput, call: Call, resources: Resources) -> TellOutput:
    """Say in which container this is, in the answer and in an event."""
    process = socket.gethostname()
    call.events.publish(ToldEvent(name=payload.name, process=process))
    return TellOutput(process=process)
