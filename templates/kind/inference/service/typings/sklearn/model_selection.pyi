import numpy as np
from numpy.typing import NDArray

def train_test_split(
    array: NDArray[np.int64],
    *,
    test_size: float,
    random_state: int,
    stratify: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
