"""Fixtures for the tests of a service, which pytest finds by itself (entry point `pytest11`)."""

import asyncio
import os
import time
from collections.abc import Callable

import pytest
from service_runtime.calls.call import Call
from service_runtime.events import EventLog
from service_runtime.settings import ServiceSettings

CALL_SECONDS = 10
PATIENCE_SECONDS = 20


def pytest_configure() -> None:
    """Take away what a person's shell sets: a test says what it needs, and asks no proxy."""
    for name in ServiceSettings.model_fields:
        os.environ.pop(name.upper(), None)
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = "localhost,127.0.0.1"


async def becomes(look: Callable[[], object], expected: object) -> None:
    """Wait until `look` returns what is expected.

    Raises:
        AssertionError: With what it returned last, after 20 s.
    """
    for _ in range(PATIENCE_SECONDS * 100):
        if look() == expected:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(look(), expected)


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
