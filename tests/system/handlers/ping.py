"""What `ping` does."""

from ..contract import PingInput, PingOutput
from ..resources import Resources
from ..service.call import Call


async def ping(payload: PingInput, call: Call, resources: Resources) -> PingOutput:
    """Answer."""
    return PingOutput()
