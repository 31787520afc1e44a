"""Answers in parts over real HTTP."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from opentelemetry.trace import NoOpTracer
from service_runtime.server.fastapi.server import Server
from service_runtime.server.lifecycle import Lifecycle

from tests.server.fastapi import streams_served
from tests.server.fastapi.conftest import TOKEN, started
from tests.server.fastapi.test_shutdown import running
from tests.streams import TELLER, RefusedError, Resources, Settings, StreamSuite


@dataclass(frozen=True, slots=True)
class HttpTeller:
    """A service that tells words, and a client that bears its token."""

    resources: Resources
    client: httpx2.AsyncClient

    @asynccontextmanager
    async def tell(
        self, asked: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[AsyncIterator[tuple[str, Any]]]:
        async with telling(self.client, asked, headers) as events:
            yield events


@asynccontextmanager
async def telling(
    client: httpx2.AsyncClient,
    asked: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
) -> AsyncGenerator[AsyncIterator[tuple[str, Any]]]:
    path = "/operations/tell"
    async with client.stream("POST", path, json=asked, headers=headers) as response:
        if response.status_code != 200:
            assert response.headers["content-type"] == "application/problem+json"
            raise RefusedError(json.loads(await response.aread())["code"])
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


@pytest.fixture
async def teller() -> AsyncGenerator[HttpTeller]:
    """Served on a port of its own."""
    settings = Settings.model_validate({"port": 0, "service_token": TOKEN})
    lifecycle = Lifecycle(TELLER, settings, NoOpTracer())
    server = Server(streams_served.create_app(lifecycle), lifecycle)
    async with started(server) as client:
        yield HttpTeller(lifecycle.resources, client)


class TestHttp(StreamSuite):
    """By the fixture of this module."""


async def test_a_refusal_says_when_to_come_back(teller: HttpTeller) -> None:
    asked = {"words": 0, "fails": "problem"}
    response = await teller.client.post("/operations/tell", json=asked)
    assert (response.status_code, response.headers["retry-after"]) == (404, "3")
    refused = await teller.client.post("/operations/tell", json={"words": "many"})
    assert refused.json()["errors"][0]["pointer"] == "/words"


async def test_the_documentation_has_parts_and_output(teller: HttpTeller) -> None:
    paths = (await teller.client.get("/openapi.json")).json()["paths"]
    content = paths["/operations/tell"]["post"]["responses"]["200"]["content"]
    (media,) = content
    assert media == "text/event-stream"
    names = [one["$ref"].rpartition("/")[2] for one in content[media]["schema"]["anyOf"]]
    assert names == ["Word", "Told"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
async def test_a_service_that_stops_lets_answers_end_and_tells_the_others_to_come_back() -> None:
    async with running(streams_served.__name__, SHUTDOWN_SECONDS="5") as (process, client):
        async with (
            telling(client, {"words": 2, "seconds": 0.5}) as short,
            telling(client, {"words": 2, "seconds": 60}) as long,
        ):
            await anext(short)
            await anext(long)
            os.kill(process.pid, signal.SIGTERM)
            assert [name async for name, _ in short] == ["part", "end"]
            *_, (name, problem) = [event async for event in long]
            assert (name, problem["code"]) == ("problem", "unavailable")
            assert problem["retry_after"] == 1
        assert await asyncio.wait_for(process.wait(), 5) == 0
