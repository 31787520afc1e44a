"""The operation `predict`."""

from service_runtime.calls.call import Call

from ..contract import PredictInput, PredictOutput
from ..resources import Resources


async def predict(payload: PredictInput, call: Call, resources: Resources) -> PredictOutput:
    """Which digit a picture shows."""
    prediction = await resources.predictor.predict(payload.pixels, call.deadline)
    return PredictOutput(
        label=prediction.label,
        probabilities=prediction.probabilities,
        model=resources.predictor.model,
    )
