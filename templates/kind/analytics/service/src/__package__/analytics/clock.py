"""Time: passed to what needs it, so that tests can set it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], datetime]
"""The time now, with a time zone."""

MICROSECONDS: Final = 1_000_000
"""In a second."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def to_micros(time: datetime) -> int:
    """Microseconds since the epoch: exact, unlike seconds as a float."""
    return (time - _EPOCH) // timedelta(microseconds=1)
