"""What `restock` does."""

import asyncio
import os
from pathlib import Path

from service_runtime import Call

from ..contract import RestockInput, RestockOutput
from ..resources import Resources


def _write(what: str, name: str) -> None:
    # A line for each thing that was done; it outlives the process.
    with Path(os.environ["JOURNAL"]).open("a", encoding="utf-8") as journal:
        journal.write(f"{name} {what} {os.getpid()}\n")


async def restock(payload: RestockInput, call: Call, resources: Resources) -> RestockOutput:
    """Take so long; write down who began it and who ended it."""
    _write("begun", payload.name)
    await asyncio.sleep(payload.seconds)
    _write("done", payload.name)
    return RestockOutput(process=os.getpid())
