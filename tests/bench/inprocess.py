"""What a call over REST costs a Python service beside plain FastAPI, without sockets.

    cd GENERATED/services/SERVICE && .venv/bin/python HYBRIDGE/tests/bench/inprocess.py [--profile]

Applications are called as uvicorn calls them, one call after the other, each in a task of its own. Processor time
is counted (`time.process_time`), so that other work on the machine disturbs little; the contestants take turns,
and the least of all rounds counts. The operation does nothing. Logs go to standard output, figures to standard
error.
"""

import argparse
import asyncio
import cProfile
import logging
import os
import pstats
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import uvloop
from fastapi import FastAPI
from pydantic import BaseModel
from service_runtime import Call, Definition, Identity, Model, Operation, ServiceSettings
from service_runtime.server.fastapi import operations
from service_runtime.server.fastapi.app import create_app

CALLS = 300
ROUNDS = 80
TOKEN = "development-only"
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

App = Callable[[Any, Any, Any], Awaitable[None]]


class Empty(BaseModel):
    """Neither asked nor answered, by hand."""


class Nothing(Model):
    """Neither asked nor answered, as contracts have it."""


class Resources:
    """None."""

    @classmethod
    @asynccontextmanager
    async def open(cls, _settings: object, _events: object) -> AsyncGenerator[Self]:
        """Open nothing."""
        yield cls()

    async def ready(self) -> None:
        """Always."""


async def ping(payload: Nothing, _call: Call, _resources: Resources) -> Nothing:
    """Answer."""
    return payload


def plain() -> FastAPI:
    """As one writes it by hand."""
    # In a process of its own nothing would be traced: that the package in this one brings a provider is not its doing.
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})

    @app.post("/ping")
    async def post_ping(payload: Empty) -> Empty:
        return payload

    return app


def generated() -> FastAPI:
    """As the package serves it."""
    os.environ["LOG_FORMAT"] = "json"
    # `ping` changes something, as far as the service knows: its answers are kept.
    operation = Operation("ping", Nothing, Nothing, ping, safe=False)
    identity = Identity(system="bench", name="bench", version="0", description="")
    service = Definition(identity, ServiceSettings, Resources.open, [operation], [], Path())
    return create_app(service, [operations.routes(service)], lambda _app: None)


class Client:
    """Calls one application, as uvicorn does."""

    def __init__(self, app: App, path: str, *headers: tuple[bytes, bytes]) -> None:
        self._app = app
        self._path = path
        self._headers = [
            (b"host", b"127.0.0.1:8001"),
            (b"connection", b"keep-alive"),
            (b"content-type", b"application/json"),
            (b"content-length", b"2"),
            *headers,
        ]
        self._number = 0

    def scope(self, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
        """What uvicorn makes of a request."""
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8001),
            "client": ("127.0.0.1", 50000),
            "scheme": "http",
            "method": "POST",
            "root_path": "",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": b"",
            "headers": headers,
            "state": {},
        }

    async def call(self) -> None:
        """One call."""
        self._number += 1
        key = (b"idempotency-key", b"%032d" % self._number)
        messages = [{"type": "http.request", "body": b"{}", "more_body": False}]
        status = 0

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await asyncio.get_running_loop().create_future()

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)

        scope = self.scope([*self._headers, key])
        await asyncio.get_running_loop().create_task(self._app(scope, receive, send))
        assert status == 200, status


async def microseconds(client: Client) -> float:
    """Processor time of a call."""
    began = time.process_time()
    for _ in range(CALLS):
        await client.call()
    return 1e6 * (time.process_time() - began) / CALLS


BRIDGE = (
    (b"accept", b"application/json"),
    (b"authorization", f"Bearer {TOKEN}".encode()),
    (b"request-timeout-ms", b"10000"),
    (b"traceparent", TRACE),
)


async def main(*, profile: bool) -> None:
    """Measure in turn, and print."""
    by_hand, package = plain(), generated()
    called = Client(package, "/operations/ping", *BRIDGE)
    contestants = {
        "plain FastAPI": (Client(by_hand, "/ping"), logging.WARNING),
        "generated": (called, logging.WARNING),
        "generated, with its log": (called, logging.INFO),
    }
    least = dict.fromkeys(contestants, float("inf"))
    async with package.router.lifespan_context(package):
        for _ in range(ROUNDS):
            for name, (client, level) in contestants.items():
                logging.getLogger().setLevel(level)
                least[name] = min(least[name], await microseconds(client))
        if profile:
            with cProfile.Profile() as profiler:
                await microseconds(called)
            pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(60)
    for name, took in least.items():
        sys.stderr.write(f"{name:30} {took:6.1f} µs\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true")
    uvloop.run(main(profile=parser.parse_args().profile))
