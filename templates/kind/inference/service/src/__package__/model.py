"""The model itself: loaded once, checked, and run on whole batches."""

# ONNX Runtime has type hints in part.
# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

PIXELS: Final = 64


class ModelError(Exception):
    """The model cannot be served; the message says why and what to do."""


class ModelDescription(BaseModel):
    """What training wrote beside the model.

    Attributes:
        name: What the model is called.
        version: Made from its content.
        sha256: Of the ONNX file, in hexadecimal.
    """

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one picture.

    Attributes:
        label: The most probable digit.
        probabilities: Of the digits 0 to 9.
    """

    label: int
    probabilities: list[float]


class DigitsModel:
    """A trained model in ONNX Runtime. Everything in it blocks: call it from a thread."""

    def __init__(self, content: bytes, description: ModelDescription, threads: int) -> None:
        """Make the session.

        Args:
            content: The ONNX file.
            description: What training wrote beside it.
            threads: How many threads compute one batch, the calling one included.
        """
        self.name: Final = f"{description.name}@{description.version}"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads eat the CPU share of a container while they wait.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            content,
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )

    @classmethod
    def load(cls, path: Path, threads: int) -> Self:
        """Read a model and the description beside it.

        Raises:
            ModelError: A file is missing or broken, or the two do not belong together.
        """
        try:
            content = path.read_bytes()
            description = ModelDescription.model_validate_json(
                path.with_suffix(".json").read_bytes(),
            )
        except FileNotFoundError as error:
            raise ModelError(f"{error.filename} is missing: run `make model`") from error
        except ValidationError as error:
            raise ModelError(f"the description of {path} is broken: {error}") from error
        if hashlib.sha256(content).hexdigest() != description.sha256:
            raise ModelError(f"{path} is not the model that its description describes")
        return cls(content, description, threads)

    def predict(self, pictures: Sequence[Sequence[float]]) -> list[Prediction]:
        """Read the digits of pictures of 64 pixels each, in their order.

        Raises:
            ValueError: A picture does not have 64 pixels.
        """
        batch: NDArray[np.float32] = np.array(pictures, dtype=np.float32)
        if batch.shape != (len(pictures), PIXELS):
            raise ValueError(f"a picture has {PIXELS} pixels")
        labels, probabilities = self._run(batch)
        return [
            Prediction(label=label, probabilities=row)
            for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
        ]

    def warm_up(self, size: int) -> None:
        """Compute blank batches of one and of `size` pictures, so that memory is laid out."""
        for count in (1, size):
            self.predict([[0.0] * PIXELS] * count)

    def _run(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        outputs = self._session.run(["label", "probabilities"], {"pixels": batch})
        labels, probabilities = cast("list[NDArray[Any]]", outputs)
        return labels, probabilities
