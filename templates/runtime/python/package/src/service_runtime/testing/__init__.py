"""Fixtures for the tests of a service, which pytest finds by itself (entry point `pytest11`)."""

import os
import time

import pytest
from service_runtime.calls.call import Call
from service_runtime.events import EventLog
from service_runtime.settings import ServiceSettings

CALL_SECONDS = 10


def pytest_configure() -> None:
    """Take away what a person's shell sets: a test says what it needs, and asks no proxy."""
    for name in ServiceSettings.model_fields:
        os.environ.pop(name.upper(), None)
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = "localhost,127.0.0.1"


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
