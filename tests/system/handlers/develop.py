"""Takes a moment, as work that a job is made for does."""

import asyncio
from datetime import UTC, datetime

from service_runtime import Call

from ..contract import DevelopedEvent, DevelopInput, DevelopOutput
from ..resources import Resources

SECONDS = 0.3


async def develop(payload: DevelopInput, call: Call, resources: Resources) -> DevelopOutput:
    """Gives back what it got."""
    await asyncio.sleep(SECONDS)
    call.events.publish(DevelopedEvent(steps=len(payload.steps)))
    return DevelopOutput(print=payload.negative, seconds=SECONDS, made=datetime.now(UTC))
