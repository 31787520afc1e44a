"""What goes along with a request: from a transport to the runner, from the runner to a handler."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from service_runtime.calls.caller import Caller
from service_runtime.calls.values import EventModel


class Events(Protocol):
    """Where domain code publishes what happened."""

    def publish(self, event: EventModel) -> None:
        """Hand an event to everyone who listens. Never waits: nobody's slowness is the caller's.

        Call it on the event loop; from a thread: `loop.call_soon_threadsafe(publish, event)`.

        Raises:
            ValueError: The event is larger than a transport may send.
        """
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One run of an operation, as its handler sees it.

    Past the deadline, or when the caller leaves, the handler is cancelled at its next `await`.
    What runs in a thread is not: bound it by `remaining()`.

    Attributes:
        operation: The name of the operation.
        deadline: When the answer is no longer wanted, in seconds of `time.monotonic()`.
        idempotency_key: The same key with the same payload runs once; `""` when there is none.
        events: Where to publish what happened.
        caller: Who asked the gateway; None for an anonymous client, and for the gateway itself.
    """

    operation: str
    deadline: float
    idempotency_key: str
    events: Events
    caller: Caller | None = None

    def remaining(self) -> float:
        """Seconds until the deadline; 0 when it has passed."""
        return max(0.0, self.deadline - time.monotonic())


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a transport knows of a request beside its payload.

    Attributes:
        timeout: Seconds that the caller still waits, or None when it did not say.
        idempotency_key: The caller's key, or `""`.
        caller: Who asked the gateway, or None when it did not say.
        trace: Trace context as the caller sent it: `traceparent` and `tracestate` (W3C).
        job: Nobody waits for the answer: it runs when one of the places for jobs is free, its time
            begins then, and a failure of ours is not kept under its key, so that it may be tried
            again.
        dependencies: What the web framework gives to the handler, by the names of its parameters.
    """

    timeout: float | None = None
    idempotency_key: str = ""
    caller: Caller | None = None
    job: bool = False
    trace: Mapping[str, str] = field(default_factory=dict[str, str])
    dependencies: Mapping[str, Any] = field(default_factory=dict[str, Any])
