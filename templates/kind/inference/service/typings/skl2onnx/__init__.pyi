# The part of skl2onnx that is used here; the package has no type hints.

from collections.abc import Mapping, Sequence

from onnx import ModelProto
from sklearn.base import BaseEstimator

from .common.data_types import FloatTensorType

def to_onnx(
    model: BaseEstimator,
    *,
    initial_types: Sequence[tuple[str, FloatTensorType]],
    options: Mapping[str, object],
    name: str,
    target_opset: int,
) -> ModelProto: ...
