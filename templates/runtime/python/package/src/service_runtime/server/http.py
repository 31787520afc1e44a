"""A call as an HTTP request: for every framework that serves it.

Nothing here depends on one; a framework's part is to route, and to move bytes.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from opentelemetry import propagate
from service_runtime.calls.call import CALLER, Caller, Incoming, read_caller
from service_runtime.calls.problem import Problem
from service_runtime.events import EventRecord

PROBLEM_TYPE: Final = "application/problem+json"
"""Media type of a problem (RFC 9457, 3)."""

MAX_KEY_LENGTH: Final = 200

_TIMEOUT: Final = re.compile(r"[0-9]{1,9}")
_KEY: Final = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY_LENGTH}}}")


def incoming(headers: Mapping[str, str], timeout: float | None = None) -> Incoming:
    """What the headers of a request say about its call.

    Args:
        headers: Looked up without regard to case, or with lower-case names.
        timeout: Seconds that the caller still waits, where a header does not say so.

    Raises:
        Problem: `invalid_argument` when one of them cannot be read.
    """
    return Incoming(
        timeout=_timeout(headers.get("request-timeout-ms"), timeout),
        idempotency_key=_key(headers.get("idempotency-key")),
        caller=_caller(headers.get(CALLER)),
        trace={
            name: value for name in _trace_headers() if (value := headers.get(name)) is not None
        },
    )


@cache
def _trace_headers() -> tuple[str, ...]:
    return tuple(propagate.get_global_textmap().fields)


def _timeout(text: str | None, otherwise: float | None) -> float | None:
    if text is None:
        return otherwise
    if not _TIMEOUT.fullmatch(text):
        raise Problem("invalid_argument", "Request-Timeout-Ms must be a number of milliseconds")
    return int(text) / 1000


def _key(text: str | None) -> str:
    if text is None:
        return ""
    # The draft's structured string comes in quotes; without them it is the same key.
    key = text.removeprefix('"').removesuffix('"')
    if not _KEY.fullmatch(key):
        raise Problem(
            "invalid_argument",
            f"Idempotency-Key must be 1 to {MAX_KEY_LENGTH} visible ASCII characters",
        )
    return key


def _caller(text: str | None) -> Caller | None:
    try:
        return read_caller(text)
    except ValueError as error:
        raise Problem("invalid_argument", f"Caller cannot be read: {error}") from error


def authenticate(authorization: str | None, *tokens: str) -> None:
    """Let the gateway in (RFC 6750, 2.1).

    Args:
        authorization: The header, or None.
        tokens: What its bearer token may be. Compared in constant time.

    Raises:
        Problem: `unauthenticated`.
    """
    scheme, _, given = (authorization or "").partition(" ")
    shown = given.strip().encode()
    right = any(hmac.compare_digest(shown, token.encode()) for token in tokens)
    if scheme.lower() != "bearer" or not right:
        raise Problem("unauthenticated", "a valid service token is required")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that is a problem."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(problem: Problem, status: int | None = None) -> Answer:
    """A problem as an HTTP response.

    Args:
        problem: The problem.
        status: Where HTTP has a more exact status than the problem's code (413, 405).
    """
    document = problem.document()
    if status is not None:
        document["status"] = status
    headers = {"content-type": PROBLEM_TYPE, "cache-control": "no-store"}
    if problem.retry_after is not None:
        # Whole seconds (RFC 9110, 10.2.3), never earlier than said.
        headers["retry-after"] = str(max(1, -int(-problem.retry_after // 1)))
    if problem.code == "unauthenticated":
        headers["www-authenticate"] = "Bearer"
    return Answer(document["status"], headers, json.dumps(document).encode())


def event_data(record: EventRecord) -> str:
    """What stands in the `data` field of a server-sent event."""
    return f'{{"time":{json.dumps(record.time)},"data":{record.data}}}'
