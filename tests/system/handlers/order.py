"""What `place` does in the shop of the members."""

from uuid import uuid4

from service_runtime import Call

from ..contract import PlacedEvent, PlaceInput, PlaceOutput
from ..resources import Resources


async def place(payload: PlaceInput, call: Call, resources: Resources) -> PlaceOutput:
    """Take an order, and say whose it is."""
    order = uuid4()
    call.events.publish(PlacedEvent(order=order, article=payload.article))
    return PlaceOutput(order=order, member=call.caller.subject if call.caller else "nobody")
