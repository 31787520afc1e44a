from typing import Self

import numpy as np
from numpy.typing import NDArray

from .base import BaseEstimator

class MLPClassifier(BaseEstimator):
    def __init__(
        self,
        hidden_layer_sizes: tuple[int, ...],
        *,
        alpha: float,
        tol: float,
        max_iter: int,
        random_state: int,
    ) -> None: ...
    def fit(self, X: NDArray[np.float32], y: NDArray[np.int64]) -> Self: ...  # noqa: N803
