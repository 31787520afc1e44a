"""What is measured of batches."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

BATCH_SIZE: Final = Histogram(
    "inference_batch_size",
    "Items computed together.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
)
QUEUE_WAIT: Final = Histogram(
    "inference_queue_wait_seconds",
    "Time from the arrival of an item to the start of its batch.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
COMPUTE: Final = Histogram(
    "inference_compute_seconds",
    "Time that a batch took.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
QUEUE_LENGTH: Final = Gauge(
    "inference_queue_length",
    "Items that wait.",
)
DROPPED: Final = Counter(
    "inference_dropped_total",
    "Items that were not computed: refused (queue full), expired or cancelled (by the caller).",
    ["reason"],
)
