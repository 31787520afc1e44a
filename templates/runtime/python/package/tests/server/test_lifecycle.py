"""Starting, serving, draining, gone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.call import Events
from service_runtime.calls.problem import Problem
from service_runtime.identity import Identity
from service_runtime.server import lifecycle
from service_runtime.server.definition import Definition
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.settings import ServiceSettings
from service_runtime.transports import Host, OpenTransport


class Resources:
    """Ready at once, or only after some time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def ready(self) -> None:
        await asyncio.sleep(self.seconds)


@asynccontextmanager
async def open_resources(_settings: ServiceSettings, _events: Events) -> AsyncGenerator[Resources]:
    yield Resources()


def made(
    *transports: OpenTransport, shutdown_seconds: int = 20
) -> Lifecycle[ServiceSettings, Resources]:
    identity = Identity(system="demo", name="probe", version="1", description="")
    definition = Definition(identity, ServiceSettings, open_resources, [], transports, Path())
    return Lifecycle(definition, ServiceSettings(shutdown_seconds=shutdown_seconds), NoOpTracer())


@pytest.fixture
def service() -> Lifecycle[ServiceSettings, Resources]:
    return made()


async def test_before_and_after_it_is_not_there(
    service: Lifecycle[ServiceSettings, Resources],
) -> None:
    async with service.serving():
        await service.ready()
        assert service.service.name == "probe"
    with pytest.raises(Problem, match="starting"):
        await service.ready()
    with pytest.raises(Problem, match="unavailable"):
        _ = service.service


async def test_resources_that_do_not_answer_are_not_ready(
    service: Lifecycle[ServiceSettings, Resources], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "READY_SECONDS", 0.01)
    async with service.serving():
        service.resources.seconds = 60
        with pytest.raises(Problem, match="do not answer"):
            await service.ready()


async def test_who_drains_is_not_ready_and_ends_its_streams(
    service: Lifecycle[ServiceSettings, Resources],
) -> None:
    async with service.serving():
        records = service.events.after()
        await service.drain()
        with pytest.raises(Problem, match="stopping"):
            await service.ready()
        assert [record async for record in records] == []
        assert service.service.name == "probe"


class Door:
    """A transport that records what happens to it."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.seconds = 0.0

    @asynccontextmanager
    async def open(self, host: Host) -> AsyncGenerator["Door"]:
        self.steps.append(f"opens {host.identity.name}")
        await host.ready()
        yield self
        assert host.service.name == host.identity.name
        self.steps.append("closes")

    async def ready(self) -> None:
        if not self.steps[-1].startswith("connected"):
            raise Problem("unavailable", "nobody answers")

    async def drain(self) -> None:
        self.steps.append("drains")
        await asyncio.sleep(self.seconds)


async def test_transports_open_late_drain_first_and_are_part_of_readiness() -> None:
    door = Door()
    service = made(door.open)
    async with service.serving():
        with pytest.raises(Problem, match="nobody answers"):
            await service.ready()
        door.steps.append("connected")
        await service.ready()
        await service.drain()
    assert door.steps == ["opens probe", "connected", "drains", "closes"]


async def test_a_transport_that_does_not_end_is_cut_off() -> None:
    door = Door()
    service = made(door.open, shutdown_seconds=1)
    async with service.serving():
        door.seconds = 60
        async with asyncio.timeout(10):
            await service.drain()
