"""A service whose operation answers in parts, and what holds of it on every way in."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from service_runtime.calls.call import Call, Events
from service_runtime.calls.problem import Problem
from service_runtime.calls.streams import StreamOperation, StreamSettings
from service_runtime.calls.values import Model
from service_runtime.identity import Identity
from service_runtime.server.definition import Definition
from service_runtime.settings import ServiceSettings


class Asked(Model):
    """What is asked: so many words, each after a while, perhaps with a failure behind them."""

    words: int
    seconds: float = 0
    size: int = 1
    fails: str = ""


class Word(Model):
    word: str


class Told(Model):
    words: int


class Nothing(Model):
    pass


class Settings(StreamSettings, ServiceSettings):
    """Of a service that answers in parts."""


@dataclass(slots=True)
class Resources:
    """What happened, for tests to look at."""

    runs: int = 0
    made: int = 0
    running: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def open(cls, _settings: Settings, _events: Events) -> AsyncGenerator[Self]:
        yield cls()

    async def ready(self) -> None:
        """Always."""


async def tell(payload: Asked, _call: Call, resources: Resources) -> AsyncGenerator[Word | Told]:
    """Tell words."""
    resources.runs += 1
    resources.running += 1
    try:
        for number in range(payload.words):
            resources.made += 1
            yield Word(word=str(number) * payload.size)
            await asyncio.sleep(payload.seconds)
        if payload.fails == "problem":
            raise Problem("not_found", "no more words", retry_after=3)
        if payload.fails:
            raise RuntimeError(payload.fails)
        yield Told(words=payload.words)
    finally:
        resources.running -= 1
        resources.closed.set()


async def list_words(
    payload: Asked, _call: Call, _resources: Resources
) -> AsyncGenerator[Word | Nothing]:
    """Tell words, and nothing at their end."""
    for number in range(payload.words):
        yield Word(word=str(number))


TELL = StreamOperation(name="tell", input=Asked, part=Word, output=Told, handler=tell, safe=False)
LIST = StreamOperation(
    name="list_words", input=Asked, part=Word, output=Nothing, handler=list_words, safe=True
)

TELLER = Definition(
    Identity(system="demo", name="teller", version="1", description=""),
    Settings,
    Resources.open,
    [],
    transports=[],
    folder=Path(),
    streams=[TELL, LIST],
)
