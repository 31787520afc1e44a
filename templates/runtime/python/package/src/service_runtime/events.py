"""The service's recent events, in order, for any number of listeners."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from service_runtime.calls.values import EventModel
from service_runtime.observability.metrics import EVENTS_PUBLISHED

GAP: Final = "stream.gap"
"""Name of the record that stands for events which are no longer there."""

MAX_EVENT_BYTES: Final = 256 * 1024
"""Largest event, as JSON: every listener and every hop behind it keeps events in memory."""

_logger = structlog.stdlib.get_logger(__name__)

_MAX_DIGITS: Final = 18
"""A longer sequence was not given by a log (and `int` refuses very long ones)."""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event as listeners receive it.

    Attributes:
        id: `<epoch>-<sequence>`; the epoch changes when the process starts anew.
        name: The event's name in the contract, or `stream.gap`.
        time: When it happened, RFC 3339 in UTC.
        data: Its fields, as a JSON text.
    """

    id: str
    name: str
    time: str
    data: str


class _Writing:
    """Counts who is at work, as a context that any number may be in."""

    def __init__(self, on_last: Callable[[], None]) -> None:
        self.writers = 0
        self._on_last: Final = on_last

    def __enter__(self) -> None:
        self.writers += 1

    def __exit__(self, *_raised: object) -> None:
        self.writers -= 1
        if self.writers == 0:
            self._on_last()


class EventLog:
    """A bounded log that is written by handlers and read by transports.

    A listener is a place in the log, so it costs nothing to wait for a slow one: who falls behind
    by more than the log holds gets a `stream.gap` and goes on with what is there.
    Implements `Events`. All of it belongs to one event loop.
    """

    def __init__(self, capacity: int) -> None:
        """Keep the last `capacity` events."""
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        # Not the time: replicas that start together would hide each other's events.
        self._epoch: Final = secrets.token_hex(6)
        self._records: Final = deque[EventRecord](maxlen=capacity)
        self._last = 0
        self._writing: Final = _Writing(self._on_last_writer)
        self._closed = False
        self._changed = asyncio.Event()

    def publish(self, event: EventModel) -> None:
        """Append an event. Never waits; after the end of the log the event is dropped.

        Raises:
            ValueError: It is larger than `MAX_EVENT_BYTES`.
        """
        data = event.model_dump_json()
        size = len(data.encode())
        if size > MAX_EVENT_BYTES:
            raise ValueError(
                f"event `{event.EVENT}` has {size} bytes, more than {MAX_EVENT_BYTES}: "
                "publish a reference to what is large"
            )
        if self._ended:
            _logger.warning("an event came after the end", event_name=event.EVENT)
            return
        EVENTS_PUBLISHED.labels(event.EVENT).inc()
        self._last += 1
        self._records.append(
            EventRecord(
                id=self._id(self._last),
                name=event.EVENT,
                time=_now(),
                data=data,
            )
        )
        self._wake()

    @property
    def position(self) -> str:
        """The id from which `after` yields what is still to come."""
        return self._id(self._last)

    def after(self, last_id: str = "") -> AsyncIterator[EventRecord]:
        """Every event after the one with this id, then those to come, until the end of the log.

        Args:
            last_id: The last id that the listener has seen; `""` is `position`. An id that this
                log never gave, or whose successors are gone, yields a `stream.gap` and then all
                that is there.
        """
        return self._follow(self._last if last_id == "" else self._sequence(last_id))

    def writing(self) -> AbstractContextManager[None]:
        """Keep the log from ending: somebody is at work who may still publish."""
        return self._writing

    def close(self) -> None:
        """Let the log end once nobody writes any more; a listener ends when it has read all."""
        self._closed = True
        self._wake()

    @property
    def _ended(self) -> bool:
        return self._closed and self._writing.writers == 0

    async def _follow(self, seen: int) -> AsyncIterator[EventRecord]:
        while True:
            # Taken before reading: what is published while a listener is busy wakes it at once.
            changed = self._changed
            oldest = self._last - len(self._records) + 1
            if seen < oldest - 1:
                seen = oldest - 1
                yield EventRecord(id=self._id(seen), name=GAP, time=_now(), data="{}")
            elif seen < self._last:
                seen += 1
                yield self._records[seen - oldest]
            elif self._ended:
                return
            else:
                await changed.wait()

    def _on_last_writer(self) -> None:
        if self._closed:
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _id(self, sequence: int) -> str:
        return f"{self._epoch}-{sequence}"

    def _sequence(self, record_id: str) -> int:
        """The place of an id in this log; -1 when this log never gave it."""
        epoch, _, digits = record_id.partition("-")
        if epoch != self._epoch or not digits.isdecimal() or len(digits) > _MAX_DIGITS:
            return -1
        sequence = int(digits)
        return sequence if sequence <= self._last else -1


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
