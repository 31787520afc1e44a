"""The operation `record`."""

from service_runtime.calls.call import Call

from ..contract import RecordInput, RecordOutput, SpikedEvent
from ..resources import Resources


async def record(payload: RecordInput, call: Call, resources: Resources) -> RecordOutput:
    """Keep what happened, and report rates that leave their baseline."""
    if await resources.observations.add(payload.events, call.idempotency_key):
        for spike in await resources.spikes.observe(payload.events):
            call.events.publish(
                SpikedEvent(
                    name=spike.name,
                    rate=spike.rate,
                    baseline=spike.baseline,
                    factor=spike.factor,
                    window_seconds=spike.window_seconds,
                    at=spike.at,
                )
            )
    return RecordOutput(accepted=len(payload.events))
