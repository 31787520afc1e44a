"""Events over HTTP: nothing lost, nothing twice."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from fastapi import FastAPI
from httpx2 import ServerSentEvent
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.values import EventModel
from service_runtime.server.fastapi import operations
from service_runtime.server.fastapi.app import serve_lifecycle
from service_runtime.settings import ServiceSettings, load

from tests import probe
from tests.server.fastapi.conftest import TOKEN, Probed, Serve
from tests.server.fastapi.test_shutdown import running


class Large(EventModel):
    EVENT: ClassVar[str] = "large"

    text: str


@asynccontextmanager
async def stream(probed: Probed, after: str = "") -> AsyncGenerator[asyncio.Queue[ServerSentEvent]]:
    """The events that come, until leaving; the end of the stream is an event without a name."""
    received: asyncio.Queue[ServerSentEvent] = asyncio.Queue()
    opened = asyncio.Event()

    async def listen() -> None:
        headers = {"last-event-id": after} if after else {}
        async with probed.client.sse("/events", headers=headers, timeout=5) as source:
            opened.set()
            async for event in source:
                received.put_nowait(event)
        received.put_nowait(ServerSentEvent(event=""))

    listening = asyncio.create_task(listen())
    await opened.wait()
    try:
        yield received
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


def publish(probed: Probed, *values: int) -> None:
    for value in values:
        probed.lifecycle.events.publish(probe.Counted(value=value))


async def take(received: asyncio.Queue[ServerSentEvent], number: int) -> list[ServerSentEvent]:
    async with asyncio.timeout(5):
        return [await received.get() for _ in range(number)]


def values(received: list[ServerSentEvent]) -> list[int]:
    return [json.loads(event.data)["data"]["value"] for event in received]


async def test_an_event_has_an_id_a_name_and_a_time(serve: Serve) -> None:
    probed = await serve(operations.events)
    async with stream(probed) as received:
        await probed.client.post("/operations/count", json={"value": 7})
        position, event = await take(received, 2)
    assert position.event == "stream.open"
    assert event.id != position.id
    assert event.event == "counted"
    data = json.loads(event.data)
    assert data["data"] == {"value": 7}
    assert data["time"].endswith("Z")


async def test_who_comes_back_gets_what_was_missed_once(serve: Serve) -> None:
    probed = await serve(operations.events)
    async with stream(probed) as received:
        publish(probed, 1, 2, 3)
        first = (await take(received, 4))[1:]
    publish(probed, 4, 5)
    async with stream(probed, after=first[1].id) as received:
        publish(probed, 6)
        second = await take(received, 4)
    assert values(first) == [1, 2, 3]
    assert values(second) == [3, 4, 5, 6]


async def test_who_saw_nothing_yet_knows_where_to_come_back(serve: Serve) -> None:
    probed = await serve(operations.events)
    async with stream(probed) as received:
        (position,) = await take(received, 1)
    publish(probed, 1)
    async with stream(probed, after=position.id) as received:
        assert values(await take(received, 1)) == [1]


async def test_what_is_no_longer_there_is_a_gap(serve: Serve) -> None:
    probed = await serve(operations.events, event_buffer=2)
    async with stream(probed) as received:
        (position,) = await take(received, 1)
    publish(probed, 1, 2, 3, 4)
    for last in (position.id, "of-another-process-7", "nonsense"):
        async with stream(probed, after=last) as received:
            gap, *rest = await take(received, 3)
        assert gap.event == "stream.gap"
        assert values(rest) == [3, 4]


async def test_two_listeners_receive_the_same(serve: Serve) -> None:
    probed = await serve(operations.events)
    async with stream(probed) as one, stream(probed) as other:
        publish(probed, 1, 2)
        assert await take(one, 3) == await take(other, 3)


async def test_a_stream_ends_when_the_service_stops(serve: Serve) -> None:
    probed = await serve(operations.events)
    async with stream(probed) as received:
        publish(probed, 1)
        probed.server.should_exit = True
        _, last, end = await take(received, 3)
    assert values([last]) == [1]
    assert end.event == ""


async def test_a_silent_stream_is_kept_alive(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.05)
    probed = await serve(operations.events)
    async with asyncio.timeout(5), probed.client.stream("GET", "/events") as response:
        async for line in response.aiter_lines():
            if line.startswith(":"):
                break
        else:
            pytest.fail("the stream ended")


async def test_a_listener_that_does_not_read_holds_nobody_up(serve: Serve) -> None:
    probed = await serve(operations.events, event_buffer=500)
    port = probed.client.base_url.port
    assert port is not None
    _, deaf = await asyncio.open_connection("127.0.0.1", port, limit=1)
    deaf.write(
        b"GET /events HTTP/1.1\r\nhost: service\r\n"
        + f"authorization: Bearer {TOKEN}\r\n\r\n".encode()
    )
    async with stream(probed) as received:
        await take(received, 1)
        for _ in range(200):
            probed.lifecycle.events.publish(Large(text="x" * 100_000))
            await take(received, 1)
    deaf.close()


def create_app() -> FastAPI:
    """For a server that is not the service's own."""
    return serve_lifecycle(probe.probe(load(ServiceSettings), NoOpTracer()), [operations.events])


UVICORN = ("uvicorn", "tests.server.fastapi.test_events:create_app", "--factory", "--port", "PORT")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_streams_end_when_another_server_is_stopped(workers: str) -> None:
    async with (
        running(*UVICORN, "--workers", workers) as (process, client),
        client.stream("GET", "/events") as stream,
    ):
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: stream.open"
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            # Until their end, which is in order: a stream that is cut off raises.
            assert [line async for line in lines]
            await process.wait()
