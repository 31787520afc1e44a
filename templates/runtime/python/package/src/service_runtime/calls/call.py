"""What goes along with a request: from a transport to the runner, from the runner to a handler."""

import base64
import binascii
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Final, Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from service_runtime.calls.values import EventModel

CALLER: Final = "caller"
"""The header, metadata or message header that says who asked; absent for an anonymous client."""

_MAX_CALLER: Final = 4096  # characters
_BASE64URL: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{_MAX_CALLER}}}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked the gateway.

    Attributes:
        subject: The same for one client each time; never empty.
        scopes: What the client may ask for.
        claims: What else the gateway passes on of it.
    """

    subject: str
    scopes: frozenset[str]
    claims: Mapping[str, JsonValue]


class _CallerDocument(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    sub: Annotated[str, Field(min_length=1)]
    scopes: list[str]
    claims: dict[str, JsonValue]


def read_caller(text: str | None) -> Caller | None:
    """Read the header: JSON in UTF-8 as base64url without padding (RFC 4648, 5).

    Args:
        text: The header, or None when it is absent: the client is anonymous.

    Raises:
        ValueError: It is too long, or does not say who asked.
    """
    if text is None:
        return None
    if not _BASE64URL.fullmatch(text):
        raise ValueError(f"it must be base64url of 1 to {_MAX_CALLER} characters")
    try:
        # base64 drops what comes after the first complete padding.
        document = _CallerDocument.model_validate_json(base64.urlsafe_b64decode(f"{text}=="))
    except (binascii.Error, ValidationError) as error:
        raise ValueError("it must be the JSON of a caller: sub, scopes, claims") from error
    return Caller(document.sub, frozenset(document.scopes), MappingProxyType(document.claims))


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


_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


# Not frozen: that makes it dearer with each call.
@dataclass(slots=True)
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
    trace: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    dependencies: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
