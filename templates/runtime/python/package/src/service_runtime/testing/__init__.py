"""Fixtures for the tests of a service, which pytest finds by itself (entry point `pytest11`)."""

import time

import pytest
from service_runtime.calls.call import Call
from service_runtime.events import EventLog

CALL_SECONDS = 10


@pytest.fixture
def events() -> EventLog:
    """What handlers publish."""
    return EventLog(capacity=100)


@pytest.fixture
def call(events: EventLog) -> Call:
    """A call that has ten seconds."""
    return Call(
        operation="test",
        deadline=time.monotonic() + CALL_SECONDS,
        idempotency_key="",
        events=events,
    )
