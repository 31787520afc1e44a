"""The operation `summary`."""

from service_runtime.calls.call import Call

from ..contract import SummaryInput, SummaryOutput
from ..resources import Resources


async def summary(payload: SummaryInput, call: Call, resources: Resources) -> SummaryOutput:
    """What happened in a window of time that ends now."""
    window = resources.observations.window(payload.window_seconds)
    names = await resources.observations.summary(
        window,
        name=payload.name,
        attribute=payload.by,
        top=payload.top,
    )
    return SummaryOutput(since=window.since, until=window.until, names=names)
