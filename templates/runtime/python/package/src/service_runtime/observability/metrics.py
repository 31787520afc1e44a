"""What Prometheus reads of this service.

A kind adds its own beside these with `prometheus_client`. Labels take values from small sets only.
"""

from functools import cache
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

CALL_SECONDS: Final = Histogram(
    "service_call_duration_seconds",
    "Time from a call's arrival to its answer, waiting included.",
    ["operation", "code"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
"""By operation and `ok`, `cancelled` or the code of the problem."""

REQUEST_SECONDS: Final = Histogram(
    "service_request_duration_seconds",
    "Time from an HTTP request to the beginning of its answer, whatever the route.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


@cache
def call_seconds(operation: str, code: str) -> Histogram:
    """The series of `CALL_SECONDS`: to find one costs more than to count in it."""
    return CALL_SECONDS.labels(operation, code)


@cache
def request_seconds(method: str, route: str, status: int) -> Histogram:
    """The series of `REQUEST_SECONDS`."""
    return REQUEST_SECONDS.labels(method, route, status)


CALLS_RUNNING: Final = Gauge("service_calls_running", "Calls whose handler runs.")

CALLS_WAITING: Final = Gauge("service_calls_waiting", "Calls that wait for a place.")

JOBS_RUNNING: Final = Gauge("service_jobs_running", "Jobs whose handler runs.")

EVENTS_PUBLISHED: Final = Counter("service_events_published", "Events published.", ["event"])
