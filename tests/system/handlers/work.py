"""What `work` does."""

import asyncio
import os
from pathlib import Path
from typing import Any, Final, cast

from service_runtime import Call, Problem
from service_runtime.calls.problem import FieldError

from ..contract import Caller, WorkedEvent, WorkInput, WorkOutput
from ..resources import Resources

_JOURNAL: Final = Path(os.environ["JOURNAL"])
"""A line for each thing that was done; it outlives the process."""

_ERRORS: Final = (FieldError(pointer="/name", detail="is not to my liking"),)


def _write(what: str, name: str) -> None:
    with _JOURNAL.open("a", encoding="utf-8") as journal:
        journal.write(f"{what} {name}\n")


async def work(payload: WorkInput, call: Call, resources: Resources) -> WorkOutput:
    """Take so long, fail so, tell so much; and write down what was done."""
    remaining = call.remaining()
    _write("begun", payload.name)
    try:
        await asyncio.sleep(payload.seconds)
    except asyncio.CancelledError:
        _write("cancelled", payload.name)
        raise
    if payload.fails == "crash":
        raise RuntimeError("a secret of the house")
    if payload.fails:
        errors = _ERRORS if payload.fails == "invalid_argument" else ()
        # A word that is no code is a mistake of the test.
        code = cast("Any", payload.fails)
        raise Problem(code, f"told to fail: {payload.name}", errors=errors, retry_after=7)
    for number in range(payload.events):
        filler = "." * payload.size
        call.events.publish(WorkedEvent(name=payload.name, number=number, filler=filler))
    _write("done", payload.name)
    return WorkOutput(
        key=call.idempotency_key,
        process=os.getpid(),
        remaining_ms=int(remaining * 1000),
        caller=_seen(call),
    )


def _seen(call: Call) -> Caller | None:
    asked = call.caller
    if asked is None:
        return None
    claims = dict(asked.claims)
    return Caller(subject=asked.subject, scopes=sorted(asked.scopes), claims=claims)
