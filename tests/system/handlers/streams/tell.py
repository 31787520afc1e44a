"""What `tell` does."""

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

from service_runtime import Call, Problem

from ..contract import TellInput, TellOutput, TellPart
from ..resources import Resources


async def tell(
    payload: TellInput,
    call: Call,
    resources: Resources,
) -> AsyncGenerator[TellPart | TellOutput]:
    """Say words, and write down how many were made and how it ended."""
    made = 0
    journal = Path(os.environ["JOURNAL"])
    with journal.open("a", encoding="utf-8") as written:
        written.write(f"begun {payload.name} 0\n")
        written.flush()
        try:
            for number in range(payload.words):
                made += 1
                yield TellPart(number=number, word="x" * payload.size)
                if payload.seconds:
                    await asyncio.sleep(payload.seconds)
            if payload.fails:
                raise Problem("resource_exhausted", "no more words", retry_after=7)
            yield TellOutput(words=payload.words, process=os.getpid())
        finally:
            written.write(f"ended {payload.name} {made}\n")
