"""Answers in parts by hand: FastAPI's server-sent events under uvicorn."""

import asyncio
import os
from collections.abc import AsyncIterable

import uvicorn
from fastapi import FastAPI
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel


class Tell(BaseModel):
    """What is asked."""

    name: str
    words: int
    seconds: float = 0
    size: int = 1


class Part(BaseModel):
    """One of the answer's parts."""

    number: int
    word: str


app = FastAPI()


@app.post("/tell", response_class=EventSourceResponse)
async def tell(payload: Tell) -> AsyncIterable[ServerSentEvent]:
    """Say words."""
    for number in range(payload.words):
        yield ServerSentEvent(event="part", data=Part(number=number, word="x" * payload.size))
        await asyncio.sleep(payload.seconds)
    yield ServerSentEvent(event="end", data={"words": payload.words})


host, port = os.environ["BENCH_SERVICE"].split(":")
print("ready", flush=True)
uvicorn.run(app, host=host, port=int(port), log_level="warning", access_log=False)
