"""What `ping` does."""

from service_runtime import Call

from ..contract import PingInput, PingOutput
from ..resources import Resources


async def ping(payload: PingInput, call: Call, resources: Resources) -> PingOutput:
    """Answer."""
    return PingOutput()
