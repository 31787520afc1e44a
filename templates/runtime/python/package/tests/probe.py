"""A service whose operations show how calls are treated, and whose resources can be made to fail."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Self

from opentelemetry.trace import Tracer
from pydantic import Field
from service_runtime.calls.call import Call, Caller, Events
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import EventModel, Model
from service_runtime.identity import Identity
from service_runtime.server.definition import Definition
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.settings import ServiceSettings

IDENTITY = Identity(system="demo", name="probe", version="1", description="")


class Number(Model):
    value: Annotated[int, Field(strict=True, ge=0)] = 0


class Seconds(Model):
    value: float


class Counted(EventModel):
    EVENT: ClassVar[str] = "counted"

    value: int


@dataclass(slots=True)
class Resources:
    """What happened, for tests to look at."""

    events: Events
    runs: int = 0
    caller: Caller | None = None
    waiting: int = 0
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    broken: str = ""
    closed: bool = False

    @classmethod
    @asynccontextmanager
    async def open(cls, _settings: ServiceSettings, events: Events) -> AsyncGenerator[Self]:
        resources = cls(events)
        yield resources
        resources.closed = True

    async def ready(self) -> None:
        if self.broken:
            raise Problem("unavailable", self.broken)


async def count(payload: Number, call: Call, resources: Resources) -> Number:
    """Add to the runs and publish it."""
    resources.runs += 1
    resources.caller = call.caller
    await asyncio.sleep(0.05)
    call.events.publish(Counted(value=payload.value))
    return Number(value=resources.runs)


async def wait(payload: Seconds, call: Call, resources: Resources) -> Seconds:
    """Answer after some time, with the time that was left."""
    remaining = call.remaining()
    resources.waiting += 1
    try:
        await asyncio.sleep(payload.value)
    except asyncio.CancelledError:
        resources.cancelled.set()
        raise
    finally:
        resources.waiting -= 1
    return Seconds(value=remaining)


async def fail(_payload: Number, _call: Call, _resources: Resources) -> Number:
    """Fail in a way that nobody foresaw."""
    raise RuntimeError("the password is swordfish")


COUNT = Operation(name="count", input=Number, output=Number, handler=count, safe=False)
WAIT = Operation(name="wait", input=Seconds, output=Seconds, handler=wait, safe=True)
FAIL = Operation(name="fail", input=Number, output=Number, handler=fail, safe=True)


PROBE = Definition(
    IDENTITY, ServiceSettings, Resources.open, [COUNT, WAIT, FAIL], transports=[], folder=Path()
)


def probe(settings: ServiceSettings, tracer: Tracer) -> Lifecycle[ServiceSettings, Resources]:
    return Lifecycle(PROBE, settings, tracer)
