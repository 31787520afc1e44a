"""What `restock` does."""

import asyncio
import os
from pathlib import Path

from service_runtime import Call

from ..contract import RestockInput, RestockOutput
from ..resources import Resources

async def restock(payload: RestockInput, call: Call, resources: Resources) -> RestockOutput:
    """Take so long; write down who began it and who ended it."""
    # It outlives the process.
    path = Path(os.environ["JOURNAL"])
    for what in ("begun", "done"):
        with path.open("a", encoding="utf-8") as journal:
            journal.write(f"{payload.name} {what} {os.getpid()}\n")
        if what == "begun":
            await asyncio.sleep(payload.seconds)
    return RestockOutput(process=os.getpid())
