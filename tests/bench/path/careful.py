"""A service by hand as careful people write it: models on both sides, a timeout, metrics and a line for each request."""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Response
from prometheus_client import Histogram, generate_latest
from pydantic import BaseModel, ConfigDict

TIMEOUT_S = 10

log = logging.getLogger("service")
seconds = Histogram("request_duration_seconds", "Requests", ["method", "path", "status"])


class Nothing(BaseModel):
    """Neither asked nor answered."""

    model_config = ConfigDict(extra="forbid")


class Lines(logging.Formatter):
    """JSON, a line each."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields = {"time": record.created, "level": record.levelname, "message": record.getMessage()}
        return json.dumps(fields | getattr(record, "fields", {}))


class Observed:
    """Middleware: counts each request, and writes a line of it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(
        self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def watch(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            took = time.perf_counter() - began
            method, path = scope["method"], scope["path"]
            seconds.labels(method, path, status).observe(took)
            fields = {"method": method, "path": path, "status": status, "ms": round(1000 * took, 1)}
            log.info("request", extra={"fields": fields})


app = FastAPI()
app.add_middleware(Observed)


@app.post("/ping")
async def ping(payload: Nothing) -> Nothing:
    """Answer in time."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return payload
    except TimeoutError as error:
        raise HTTPException(504) from error


@app.get("/metrics")
async def metrics() -> Response:
    """For Prometheus."""
    return Response(generate_latest(), media_type="text/plain")


handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(Lines())
log.addHandler(handler)
log.setLevel(logging.INFO)
host, port = os.environ["BENCH_SERVICE"].split(":")
print("ready", file=sys.stderr, flush=True)
uvicorn.run(app, host=host, port=int(port), log_level="warning", access_log=False)
