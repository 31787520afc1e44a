"""SIGTERM, sent to a real process."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest

from tests.server.fastapi.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


PROBE = ("tests.server.fastapi.served",)


@asynccontextmanager
async def running(
    *program: str, **settings: str
) -> AsyncGenerator[tuple[Process, httpx2.AsyncClient]]:
    """The probe as a process, by its own server or by another program, and a client."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *(word.replace("PORT", str(port)) for word in program or PROBE),
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "SERVICE_TOKEN": "development-only", **settings},
        stdout=PIPE,
        start_new_session=True,
    )
    try:
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"authorization": "Bearer development-only"},
        ) as client:
            async with asyncio.timeout(20):
                while not await answers(client):
                    assert process.returncode is None, "the probe did not start"
                    await asyncio.sleep(0.05)
            yield process, client
    finally:
        # With the workers that a server of several has started, also where it is gone itself.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def answers(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).is_success
    except httpx2.TransportError:
        return False


async def in_flight(client: httpx2.AsyncClient, calls: int) -> None:
    """Wait until so many calls are with their handlers."""
    async with asyncio.timeout(20):
        while f"service_calls_running {calls}.0" not in (await client.get("/metrics")).text:
            await asyncio.sleep(0.02)


async def test_calls_in_flight_are_answered() -> None:
    async with running() as (process, client):
        calls = [
            asyncio.create_task(client.post("/operations/wait", json={"value": 2}, timeout=20))
            for _ in range(5)
        ]
        await in_flight(client, 5)
        process.send_signal(signal.SIGTERM)
        assert [(await call).status_code for call in calls] == [200] * 5
        async with asyncio.timeout(20):
            assert await process.wait() == 0


async def test_while_it_drains_it_is_not_ready_but_answers() -> None:
    async with running(DRAIN_SECONDS="3") as (process, client):
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            while (ready := await client.get("/readyz")).is_success:
                await asyncio.sleep(0.02)
        assert (ready.status_code, ready.json()["detail"]) == (503, "the service is stopping")
        assert (await client.post("/operations/count", json={})).status_code == 200
        async with asyncio.timeout(20):
            assert await process.wait() == 0


async def test_a_call_that_does_not_end_is_cut_off() -> None:
    async with running(SHUTDOWN_SECONDS="1") as (process, client):
        call = asyncio.create_task(client.post("/operations/wait", json={"value": 60}, timeout=60))
        await in_flight(client, 1)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        assert (await call).status_code == 500
