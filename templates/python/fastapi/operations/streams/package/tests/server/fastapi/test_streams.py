"""Answers in parts over real HTTP."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from opentelemetry.trace import NoOpTracer
from service_runtime.server.fastapi.server import Server
from service_runtime.server.lifecycle import Lifecycle

from tests.server.fastapi import streams_served
from tests.server.fastapi.conftest import TOKEN
from tests.server.fastapi.streams_served import create_app
from tests.server.fastapi.test_shutdown import running
from tests.streams import TELLER, Resources, Settings

Teller = tuple[Resources, httpx2.AsyncClient]


@asynccontextmanager
async def teller(**settings: object) -> AsyncGenerator[Teller]:
    """A service that tells words, on a port of its own, and a client that bears its token."""
    chosen = Settings.model_validate({"port": 0, "service_token": TOKEN, **settings})
    lifecycle = Lifecycle(TELLER, chosen, NoOpTracer())
    server = Server(create_app(lifecycle), lifecycle)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), "the server did not start"
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        headers={"authorization": f"Bearer {TOKEN}"},
        timeout=30,
    ) as client:
        yield lifecycle.resources, client
    server.should_exit = True
    await serving


@asynccontextmanager
async def telling(
    client: httpx2.AsyncClient, **asked: object
) -> AsyncGenerator[AsyncIterator[tuple[str, Any]]]:
    """The events of an answer, each with its name and its data."""
    async with client.stream("POST", "/operations/tell", json=asked) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield _events(response)


async def _events(response: httpx2.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in response.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


async def test_parts_then_the_end() -> None:
    async with teller() as (_, client), telling(client, words=2) as events:
        assert [event async for event in events] == [
            ("part", {"word": "0"}),
            ("part", {"word": "1"}),
            ("end", {"words": 2}),
        ]


async def test_a_part_arrives_before_the_next_one_is_made() -> None:
    async with teller() as (resources, client), telling(client, words=2, seconds=30) as events:
        assert await anext(events) == ("part", {"word": "0"})
        assert resources.made == 1


async def test_who_leaves_closes_the_generator_within_a_second() -> None:
    async with teller() as (resources, client):
        async with telling(client, words=2, seconds=30) as events:
            await anext(events)
        async with asyncio.timeout(1):
            await resources.closed.wait()


async def test_who_does_not_read_is_waited_for() -> None:
    async with teller() as (resources, client):
        async with telling(client, words=10_000, size=16 * 1024) as events:
            await anext(events)
            made = -1
            while made != resources.made:
                made = resources.made
                await asyncio.sleep(0.2)
            assert made < 1000
        async with asyncio.timeout(1):
            await resources.closed.wait()


async def test_a_problem_behind_parts_is_an_event() -> None:
    async with teller() as (_, client), telling(client, words=1, fails="problem") as events:
        assert await anext(events) == ("part", {"word": "0"})
        name, problem = await anext(events)
        assert (name, problem["code"], problem["retry_after"]) == ("problem", "not_found", 3)
        assert [event async for event in events] == []


async def test_a_problem_before_parts_is_a_response() -> None:
    async with teller() as (_, client):
        asked = {"words": 0, "fails": "problem"}
        response = await client.post("/operations/tell", json=asked)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        refused = await client.post("/operations/tell", json={"words": "many"})
        assert refused.json()["errors"][0]["pointer"] == "/words"


async def test_the_deadline_of_the_caller_ends_it() -> None:
    async with teller() as (resources, client):
        headers = {"request-timeout-ms": "200"}
        asked = {"words": 2, "seconds": 30}
        response = await client.post("/operations/tell", json=asked, headers=headers)
        assert '"code":"deadline_exceeded"' in response.text
        assert resources.running == 0


async def test_the_same_key_is_told_the_same() -> None:
    async with teller() as (resources, client):
        headers = {"idempotency-key": "k"}
        asked = {"words": 3, "seconds": 0.05}
        first, second = await asyncio.gather(
            *(client.post("/operations/tell", json=asked, headers=headers) for _ in range(2))
        )
        assert first.text == second.text
        assert resources.runs == 1


async def test_the_documentation_has_parts_and_output() -> None:
    async with teller() as (_, client):
        paths = (await client.get("/openapi.json")).json()["paths"]
        content = paths["/operations/tell"]["post"]["responses"]["200"]["content"]
        (media,) = content
        assert media == "text/event-stream"
        names = [one["$ref"].rpartition("/")[2] for one in content[media]["schema"]["anyOf"]]
        assert names == ["Word", "Told"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
async def test_a_service_that_stops_lets_answers_end_and_tells_the_others_to_come_back() -> None:
    async with running(streams_served.__name__, SHUTDOWN_SECONDS="2") as (process, client):
        async with (
            telling(client, words=2, seconds=0.5) as short,
            telling(client, words=3, seconds=1.2) as long,
        ):
            await anext(short)
            await anext(long)
            os.kill(process.pid, signal.SIGTERM)
            assert [name async for name, _ in short] == ["part", "end"]
            *_, (name, problem) = [event async for event in long]
            assert (name, problem["code"]) == ("problem", "unavailable")
            assert problem["retry_after"] == 1
        assert await asyncio.wait_for(process.wait(), 5) == 0
