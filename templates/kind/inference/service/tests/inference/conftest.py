"""The model as `make model` makes it, and the pictures that it has not seen."""

from pathlib import Path

import pytest

from training import data
from training.train import PROJECT, train


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The trained model; trained now when that was not done before."""
    path = PROJECT / "models" / "digits.onnx"
    if not path.exists():
        list(train(path.parent))
    return path


@pytest.fixture(scope="session")
def pictures() -> list[list[float]]:
    """The held-out pictures."""
    return data.load()[1].pictures.tolist()


@pytest.fixture(scope="session")
def labels() -> list[int]:
    """What the held-out pictures show."""
    return data.load()[1].labels.tolist()
