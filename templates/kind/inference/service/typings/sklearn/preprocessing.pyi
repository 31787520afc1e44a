from typing import Self

import numpy as np
from numpy.typing import NDArray

from .base import BaseEstimator

class MinMaxScaler(BaseEstimator):
    def fit(self, X: NDArray[np.float32]) -> Self: ...  # noqa: N803
    def transform(self, X: NDArray[np.float32]) -> NDArray[np.float32]: ...  # noqa: N803
