"""The pictures that the model learns from and is measured by.

Source: "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak, 1998), UCI Machine
Learning Repository, doi:10.24432/C50P49; the part of it that scikit-learn brings.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SIDE: Final = 8
"""Rows, and pixels in a row."""

INK: Final = 16
"""Value of a pixel that is all ink; 0 is paper."""

SEED: Final = 0
HELD_OUT: Final = 0.2

Pictures = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Digits:
    """Pictures, one a row, and the digit that each shows."""

    pictures: Pictures
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def shifted(self) -> "Digits":
        """These pictures, and each of them moved by one pixel up, down, left and right."""
        squares = self.pictures.reshape(-1, SIDE, SIDE)
        framed = np.pad(squares, ((0, 0), (1, 1), (1, 1)))
        moves = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)]
        moved = [framed[:, down : down + SIDE, right : right + SIDE] for down, right in moves]
        return Digits(
            pictures=np.concatenate(moved).reshape(-1, SIDE * SIDE),
            labels=np.tile(self.labels, len(moves)),
        )


def load() -> tuple[Digits, Digits]:
    """What to learn from and what is held out: always the same, each digit in equal shares."""
    digits = load_digits()
    pictures = digits.data.astype(np.float32)
    labels = digits.target.astype(np.int64)
    learn, held_out = train_test_split(
        np.arange(len(labels)),
        test_size=HELD_OUT,
        random_state=SEED,
        stratify=labels,
    )
    return (
        Digits(pictures[learn], labels[learn]),
        Digits(pictures[held_out], labels[held_out]),
    )
