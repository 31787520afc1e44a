"""The same request, sent again, runs once (IETF draft-ietf-httpapi-idempotency-key-header)."""

import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from service_runtime.calls.problem import Code, Problem
from service_runtime.calls.values import Model

TRANSIENT: Final[frozenset[Code]] = frozenset(
    {"unavailable", "deadline_exceeded", "resource_exhausted"}
)
"""Failures that say nothing about the request: the next try runs."""

RETRIED: Final[frozenset[Code]] = TRANSIENT | frozenset[Code]({"internal"})
"""The same for what is tried again by us, not by its caller."""

ENTRY_BYTES: Final = 1024
"""What an entry costs beside its answer: key, fingerprint, its place where it is kept."""

ResultT = TypeVar("ResultT")


_in_order: Final = json.JSONEncoder(sort_keys=True).encode


def request_of(payload: Model) -> bytes:
    """What is asked, for `IdempotencyKeys.once`: the order of members says nothing."""
    return _in_order(payload.model_dump(mode="json")).encode()


@dataclass(frozen=True, slots=True)
class Once(Generic[ResultT]):
    """What is asked, of a call that runs once under its key.

    Attributes:
        request: Gives what is asked, as bytes: the same bytes are the same request.
        output: The type of the outcome, which pydantic can write as JSON and read.
    """

    request: Callable[[], bytes]
    output: type[ResultT]


class IdempotencyKeys(ABC):
    """Remembers outcomes by key, bounded in time and size.

    It protects against the repetitions of a caller that got no answer. Where what is done has to be
    there exactly once, keep the key beside the data, in one transaction.
    """

    @abstractmethod
    async def once(
        self,
        key: str,
        request: bytes,
        output: type[ResultT],
        work: Callable[[], Awaitable[ResultT]],
        transient: frozenset[Code] = TRANSIENT,
    ) -> ResultT:
        """The outcome of `work`, which runs unless it already ran or runs under this key.

        Who comes second waits for the first. When the first leaves nothing to keep (it was
        cancelled, or its failure is `transient`), the next in line runs.

        Args:
            key: The caller's, within what is asked.
            request: What is asked, as bytes: the same bytes are the same request.
            output: The type of what `work` gives.
            work: Does it.
            transient: Codes of failures that are not kept.

        Raises:
            Problem: What `work` raises or raised; `conflict` for another request under the key;
                `unavailable` when it cannot be known whether it ran.
        """


def conflict() -> Problem:
    """What another request under a known key is."""
    return Problem("conflict", "the idempotency key was used with another request")
