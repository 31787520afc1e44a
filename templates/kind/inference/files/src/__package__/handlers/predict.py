"""The operation `predict`."""

from ..contract import PredictInput, PredictOutput
from ..resources import Resources
from ..service.call import Call


async def predict(payload: PredictInput, call: Call, resources: Resources) -> PredictOutput:
    """Which digit a picture shows."""
    prediction = await resources.predictor.predict(payload.pixels, call.deadline)
    return PredictOutput(
        label=prediction.label,
        probabilities=prediction.probabilities,
        model=resources.predictor.model,
    )
