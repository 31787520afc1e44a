"""The operation `chart`."""

from typing import Final

from service_runtime.calls.call import Call

from ..analytics.charts import MAX_LINES, span
from ..contract import ChartInput, ChartOutput
from ..resources import Resources

SLOTS: Final = 60
"""Points of a line."""


async def chart(payload: ChartInput, call: Call, resources: Resources) -> ChartOutput:
    """The rate of what happened in a window of time that ends now."""
    observations = resources.observations
    series = await observations.series(
        observations.window(payload.window_seconds),
        name=payload.name,
        slots=SLOTS,
        names=MAX_LINES,
    )
    subject = payload.name or "most frequent"
    title = f"{subject}: rate over the last {span(payload.window_seconds)}"
    return ChartOutput(title=title, image=await resources.charts.rate(series, title))
