"""Dynamic batching for models: items that arrive close together are computed together."""

from service_runtime.batching.batcher import Batcher, BatchLimits

__all__ = ["BatchLimits", "Batcher"]
