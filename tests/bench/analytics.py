"""How fast an analytics service answers over a day's observations, on SQLite and on PostgreSQL.

Usage: python3 tests/bench/analytics.py HYBRIDGE [--observations N] [--runs N]

HYBRIDGE is the binary. Needs uv and Debian's PostgreSQL (`tests/brokers/install`). Lays out a system with one service
on each store, starts PostgreSQL on a port and in a folder of its own, and puts the observations of a day in. Prints a
Markdown table. What is measured is what the handlers call, in a process of the service's own Python.
"""

import argparse
import asyncio
import importlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

BLUEPRINT = """\
hybridge: 1
name: bench
services:
  gateway: { kind: gateway }
  lite: { kind: analytics }
  server: { kind: analytics, store: postgres }
"""
STORES = {"lite": "SQLite", "server": "PostgreSQL"}
DAY = 86_400
BATCH = 50
"""Observations of a call of `record`."""
RECORD_SECONDS = 5
PARTS = 100
"""Of the day, that are put in at once."""

MICROSECONDS = 1_000_000

# Five names, each of which has 32 combinations of attributes.
NAMES = {"request": 60, "prediction": 25, "job": 10, "event": 4, "error": 1}
OPERATIONS = [f"operation_{number}" for number in range(8)]
STATUSES = ["200", "400", "429", "503"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hybridge", type=Path)
    parser.add_argument("--observations", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--service", help="of which store this process measures")
    arguments = parser.parse_args()
    if arguments.service:
        print(json.dumps(asyncio.run(measure(arguments.service, arguments.observations, arguments.runs))))
        return
    results: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as folder, postgres() as url:
        system = Path(folder, "bench")
        Path(folder, "bench.yaml").write_text(BLUEPRINT, encoding="utf-8")
        new = [arguments.hybridge.resolve(), "new", "--from", f"{folder}/bench.yaml", "--no-git", "--into", system]
        subprocess.run(new, check=True, stdout=subprocess.DEVNULL)
        for service in STORES:
            place = system / "services" / service
            subprocess.run(["uv", "sync", "--quiet", "--locked", "--no-dev"], cwd=place, check=True)
            command = [place / ".venv/bin/python", Path(__file__).resolve(), *sys.argv[1:], "--service", service]
            env = os.environ | {"POSTGRES_URL": url, "RETENTION_COUNT": "100000000"}
            done = subprocess.run(command, cwd=place, env=env, check=True, stdout=subprocess.PIPE)
            results[service] = json.loads(done.stdout)
    print(f"| {arguments.observations:,} observations of a day | {' | '.join(STORES.values())} |\n| --- | ---: | ---: |")
    for what in results["lite"]:
        print(f"| {what} | {' | '.join(results[service][what] for service in STORES)} |")


async def measure(service: str, amount: int, runs: int) -> dict[str, str]:
    """What is measured -> the result in words."""
    observations_of = importlib.import_module(f"{service}.analytics.observations")
    tables = importlib.import_module(f"{service}.analytics.tables")
    store_of = importlib.import_module(f"{service}.store")
    settings = store_of.StoreSettings()
    if service == "server":
        upgrade = importlib.import_module("service_runtime.stores.postgres.upgrade").upgrade
        await upgrade(settings, store_of.MIGRATIONS)
    results: dict[str, str] = {}

    async with store_of.Store.open(settings, store_of.MIGRATIONS) as store:
        week = observations_of.Retention(timedelta(days=7), 100_000_000)
        observations = observations_of.Observations(store, week)
        end = datetime.now(UTC)
        await load(store, tables.OBSERVATIONS, amount, end)

        async def count_up() -> None:
            since = 0
            while since is not None:
                since = await observations.count_up(since)

        results["all of it counted up, s"] = f"{await seconds(count_up):.1f}"
        for what, window in (("a day", DAY), ("5 minutes", 300)):

            async def summary(window: int = window) -> None:
                await observations.summary(observations.window(window))

            async def chart(window: int = window) -> None:
                await observations.series(observations.window(window), slots=60, names=6)

            for name, question in (("summary", summary), ("chart", chart)):
                times = [await seconds(question) * 1000 for _ in range(runs)]
                results[f"`{name}` of {what}, ms: median (most)"] = f"{statistics.median(times):.0f} ({max(times):.0f})"
        for writers in (1, 4):
            batches, waits = await record(service, observations, writers, RECORD_SECONDS)
            results[f"`record` of {BATCH}, {writers} at once: calls/s, longest ms"] = (
                f"{batches / RECORD_SECONDS:.0f}, {waits * 1000:.0f}"
            )
        # A tenth of the day is too old now; somebody records meanwhile.
        kept = observations_of.Observations(store, observations_of.Retention(timedelta(days=0.9), 100_000_000))
        recording = asyncio.create_task(record(service, observations, 1, None))
        started = time.perf_counter()
        removed = await kept.sweep()
        took = time.perf_counter() - started
        recording.cancel()
        _, waits = await recording
        results["retention: rows/s, longest `record` meanwhile, ms"] = f"{removed / took:.0f}, {waits * 1000:.0f}"
    return results


async def load(store: Any, table: Any, amount: int, end: datetime) -> None:
    """Put in the observations of the day before `end`: parts of a day, each like the first but for its values."""
    source = random.Random(1)
    part = DAY * MICROSECONDS // PARTS
    since = int(end.timestamp() * MICROSECONDS) - DAY * MICROSECONDS
    size = amount // PARTS
    rows = [
        {
            "name": name,
            "time": since + number * part // size,
            "value": source.lognormvariate(-4, 1),
            "attributes": json.dumps(
                {"operation": source.choice(OPERATIONS), "status": source.choices(STATUSES, [90, 5, 3, 2])[0]},
                separators=(",", ":"),
            ),
        }
        for number, name in enumerate(source.choices(list(NAMES), list(NAMES.values()), k=size))
    ]
    column = table.c
    for number in range(PARTS):
        async with store.write() as connection:
            if number == 0:
                await connection.execute(table.insert(), rows)
                continue
            like = table.select().where(column.time < since + part).with_only_columns(
                column.name, column.time + number * part, column.value * (1 + number / PARTS / 10), column.attributes
            )
            await connection.execute(table.insert().from_select(["name", "time", "value", "attributes"], like))


async def seconds(action: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await action()
    return time.perf_counter() - started


async def record(service: str, observations: Any, writers: int, duration: float | None) -> tuple[int, float]:
    """Batches that were added until the time is over (None: until it is cancelled), and the longest of them took."""
    observation = importlib.import_module(f"{service}.contract").Observation
    batches, longest = 0, 0.0

    async def write() -> None:
        nonlocal batches, longest
        while True:
            now = datetime.now(UTC)
            batch = [
                observation(name=name, time=now, value=0.01, attributes={"operation": "predict", "status": "200"})
                for name in ("request", "prediction") * (BATCH // 2)
            ]
            started = time.perf_counter()
            await observations.add(batch, key="")
            longest = max(longest, time.perf_counter() - started)
            batches += 1

    tasks = [asyncio.create_task(write()) for _ in range(writers)]
    try:
        await asyncio.sleep(duration or 3600)
    except asyncio.CancelledError:
        pass
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return batches, longest


@contextmanager
def postgres() -> Generator[str]:
    """The address of a server that is there until this is left."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        user = []
        # It does not run as root.
        if os.getuid() == 0:
            subprocess.run(["chown", "postgres:postgres", folder], check=True)
            user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        made = ["-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run([*user, programs / "initdb", *made], check=True, cwd=folder, stdout=subprocess.DEVNULL)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        # As the container of a generated system has it.
        options = ["-h", "127.0.0.1", "-p", str(port), "-k", folder, "-c", "shared_buffers=256MB"]
        with Path(folder, "log").open("wb") as log:
            server = subprocess.Popen(
                [*user, programs / "postgres", "-D", f"{folder}/data", *options], cwd=folder, stdout=log, stderr=log
            )
        try:
            ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
            while subprocess.run(ready, check=False).returncode:
                time.sleep(0.1)
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
