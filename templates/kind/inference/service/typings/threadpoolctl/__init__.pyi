# The part of threadpoolctl that is used here; the package has no type hints.

from contextlib import AbstractContextManager

def threadpool_limits(limits: int) -> AbstractContextManager[object]: ...
