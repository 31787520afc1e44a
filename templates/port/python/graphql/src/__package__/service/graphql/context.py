"""What a document is executed with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ..events import EventLog
from ..model import Model
from ..operation import Operation

Run = Callable[[Operation[Any, Any, Any], Any], Awaitable[Model]]
"""Runs an operation for the caller of the request; raises Problem."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request.

    Attributes:
        run: Runs an operation.
        events: What the service tells.
        is_open: Documents that are not the contract's are answered too: while developing.
    """

    run: Run
    events: EventLog
    is_open: bool
