"""Trains the model: `python -m training.train`, or `make model`.

Writes the model (ONNX) and its description (JSON), and the measured figures into MODEL_CARD.md.
Seeds, split and the order of sums are fixed: on the same machine with the same libraries the files
are the same byte for byte. Another kind of CPU may round sums differently; since the version is
made from the content, it then has another version.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Generator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
import skl2onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler
from threadpoolctl import threadpool_limits

from . import card, data

NAME: Final = "digits"
OPSET: Final = 17
EPOCHS: Final = 60
PROJECT: Final = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the training is.

    Attributes:
        epoch: Times that it went through all pictures, from 1 to `EPOCHS`.
        loss: What it minimizes, as it was in this epoch: cross-entropy and regularization.
    """

    epoch: int
    loss: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """How good the model is on what it has not seen.

    Attributes:
        accuracy: Share of the held-out pictures whose digit is named.
        accuracy_shifted: The same when each is also moved by one pixel in four directions, as
            pictures drawn by hand are.
        held_out: Number of held-out pictures.
    """

    accuracy: float
    accuracy_shifted: float
    held_out: int


def fit(digits: data.Digits) -> Generator[Progress, None, bytes]:
    """Train on these pictures.

    Yields:
        How far it is, after each epoch.

    Returns:
        An ONNX model: input `pixels` (n x 64, float32, 0 to 16), outputs `label` (n, int64) and
        `probabilities` (n x 10, float32).
    """
    # The scale comes from what a pixel may be, not from which pixels happen to be used.
    bounds = np.array([[0] * data.SIDE**2, [data.INK] * data.SIDE**2], dtype=np.float32)
    scale = MinMaxScaler().fit(bounds)
    scaled = scale.transform(digits.pictures)
    network = MLPClassifier(hidden_layer_sizes=(256,), alpha=0.01, random_state=data.SEED)
    for epoch in range(1, EPOCHS + 1):
        # One thread: with more, the order of sums depends on the machine.
        with threadpool_limits(1):
            network.partial_fit(scaled, digits.labels, classes=range(10))
        yield Progress(epoch, network.loss_)
    model = skl2onnx.to_onnx(
        Pipeline([("scale", scale), ("network", network)]),
        initial_types=[("pixels", FloatTensorType([None, data.SIDE**2]))],
        options={"zipmap": False},
        name=NAME,
        target_opset=OPSET,
    )
    return model.SerializeToString()


def measure(model: bytes, digits: data.Digits) -> Metrics:
    """Run the exported model, not the trained object: it is what will be served."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    def accuracy(of: data.Digits) -> float:
        answers: data.Labels = session.run(["label"], {"pixels": of.pictures})[0]
        return round(int(np.count_nonzero(answers == of.labels)) / len(of), 4)

    return Metrics(
        accuracy=accuracy(digits),
        accuracy_shifted=accuracy(digits.shifted()),
        held_out=len(digits),
    )


def train(output: Path) -> Generator[Progress | Metrics]:
    """Train, measure and write `digits.onnx` and `digits.json` into the folder `output`.

    Yields:
        How far it is, and when all is written what was measured: parts and an end, as an operation
        with a `stream` gives them.
    """
    learn, held_out = data.load()
    samples = learn.shifted()
    model = yield from fit(samples)
    metrics = measure(model, held_out)
    digest = hashlib.sha256(model).hexdigest()
    description = {
        "name": NAME,
        "version": digest[:12],
        "sha256": digest,
        "opset": OPSET,
        "labels": list(range(10)),
        "samples": len(samples),
        "metrics": {
            "accuracy": metrics.accuracy,
            "accuracy_shifted": metrics.accuracy_shifted,
            "held_out": metrics.held_out,
        },
        "trained_with": {name: version(name) for name in ("numpy", "scikit-learn", "skl2onnx")},
    }
    output.mkdir(parents=True, exist_ok=True)
    # The model last: by its time, `make` knows that both are there.
    (output / f"{NAME}.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    (output / f"{NAME}.onnx").write_bytes(model)
    yield metrics


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description="Train the model.")
    parser.add_argument("--output", type=Path, default=PROJECT / "models", help="folder to fill")
    parser.add_argument("--card", type=Path, default=PROJECT / "MODEL_CARD.md", help="model card")
    arguments = parser.parse_args()
    for step in train(arguments.output):
        if isinstance(step, Progress):
            line = f"epoch {step.epoch} of {EPOCHS}: loss {step.loss:.4f}"
        else:
            line = f"accuracy {step.accuracy:.3f} on {step.held_out} held-out pictures"
            record(step, arguments.card)
        sys.stdout.write(f"{NAME}: {line}\n")
        sys.stdout.flush()


def record(metrics: Metrics, path: Path) -> None:
    """Write what was measured into the model card; where an image is built there is none."""
    if path.exists():
        card.update(
            path,
            {
                "Accuracy": metrics.accuracy,
                "Accuracy, moved by up to one pixel": metrics.accuracy_shifted,
                "Held-out pictures": metrics.held_out,
            },
        )


if __name__ == "__main__":
    main()
