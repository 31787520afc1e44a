"""What a document is executed with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from service_runtime.calls.operation import Operation
from service_runtime.calls.values import Model
from service_runtime.events import EventLog

Run = Callable[[Operation[Any, Any, Any], Any], Awaitable[Model]]
"""Runs an operation for the caller of the request; raises Problem."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request.

    Attributes:
        run: Runs an operation.
        events: What the service publishes.
        is_open: Documents that are not the contract's are answered too: while developing.
    """

    run: Run
    events: EventLog
    is_open: bool
