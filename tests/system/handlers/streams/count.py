"""What `count` does."""

from collections.abc import AsyncGenerator

from service_runtime import Call

from ..contract import CountInput, CountOutput, CountPart
from ..resources import Resources


async def count(
    payload: CountInput,
    call: Call,
    resources: Resources,
) -> AsyncGenerator[CountPart | CountOutput]:
    """Say every number; the end says nothing, so it needs no output."""
    for number in range(payload.to):
        yield CountPart(number=number)
