"""Jobs of operations that answer in parts: each part is a step of the job, for every broker.

The gateway has the other end in `jobs/durable.ts`: it shows the parts on the channel of the job.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from functools import cached_property
from typing import Any, Final, cast
from uuid import uuid4

import structlog
from service_runtime.calls.call import Incoming
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.calls.streams import Streams
from service_runtime.calls.values import Model
from service_runtime.transports import Host, messages
from service_runtime.transports.messages import Message, Request

WINDOW: Final = 32
"""Steps that the broker has not confirmed: behind them the next part waits."""

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of the steps of a run: a broker keeps those of all jobs, their results and keys beside them."""

_BESIDE: Final = 512
"""Bytes that a step takes beside its body: headers, and what a broker keeps of each message."""

Put = Callable[[Message], Awaitable[asyncio.Task[None]]]
"""Puts a step in its place in the order; the task is done when the broker has it.

It raises Problem where it does not."""

_logger = structlog.stdlib.get_logger(__name__)


class JobParts:
    """Runs jobs that give parts."""

    def __init__(self, host: Host) -> None:
        """Run those of a service."""
        self._host: Final = host

    @property
    def operations(self) -> Mapping[str, Operation[Any, Any, Any]]:
        """All that a job may be, for `messages.read_request`."""
        streams = cast("Mapping[str, Operation[Any, Any, Any]]", self._host.streams)
        return {**self._host.operations, **streams}

    def concerns(self, request: Request) -> bool:
        """Whether a job gives parts."""
        return request.operation.name in self._host.streams

    async def run(self, request: Request, payload: Model, incoming: Incoming, put: Put) -> Model:
        """Run a job; a part is made when the broker has nearly all before it.

        Of the parts behind `MOST_BYTES` the last one alone is a step: by its number, who reads
        knows that others are missing.

        Args:
            request: The job.
            payload: What it is asked.
            incoming: What goes along with it.
            put: Sends a step.

        Raises:
            Problem: What the operation ends with, behind the parts that it gave, or why the broker
                does not have them.
        """
        operation = self._host.streams[request.operation.name]
        streams = Streams.of(self._host.service, self._host.settings)
        run, number = uuid4().hex[:8], 0
        leaving = _Leaving(put, request)
        try:
            await leaving.put(_step(request, run, number))
            async with aclosing(streams.run(operation, payload, incoming)) as items:
                async for item in items:
                    if item.last:
                        await leaving.flush()
                        return item.value
                    number += 1
                    await leaving.put(_step(request, run, number, item.data))
        except Problem:
            await leaving.flush()
            raise
        finally:
            leaving.cancel()
        raise RuntimeError("an answer in parts ends with its output")


class WithParts:
    """Ahead of a broker's `Jobs` among the bases: a job may give parts."""

    _host: Host

    @property
    def operations(self) -> Mapping[str, Operation[Any, Any, Any]]:
        """What a job may be."""
        return self._parts.operations

    @cached_property
    def _parts(self) -> JobParts:
        return JobParts(self._host)


class _Leaving:
    """Steps on their way to the broker."""

    def __init__(self, put: Put, request: Request) -> None:
        self._put: Final = put
        self._request: Final = request
        self._waiting: Final[deque[asyncio.Task[None]]] = deque()
        self._bytes = 0
        # Of those past the bytes of a run, the last.
        self._kept: Message | None = None

    async def put(self, step: Message) -> None:
        """Send one behind the others, as far as a run may."""
        if self._bytes <= MOST_BYTES:
            self._bytes += len(step.body) + _BESIDE
            if self._bytes > MOST_BYTES:
                name = self._request.operation.name
                _logger.warning("a job gives more parts than are reported", operation=name)
        if self._bytes > MOST_BYTES:
            self._kept = step
            return
        await self._send(step)

    async def flush(self) -> None:
        """Return when the broker has all of them."""
        step, self._kept = self._kept, None
        if step is not None:
            await self._send(step)
        while self._waiting:
            await self._waiting.popleft()

    def cancel(self) -> None:
        """Wait for none of them any more."""
        for task in self._waiting:
            task.cancel()

    async def _send(self, step: Message) -> None:
        self._waiting.append(await self._put(step))
        if len(self._waiting) > WINDOW:
            await self._waiting.popleft()


def _step(request: Request, run: str, number: int, part: bytes | None = None) -> Message:
    running = messages.step(request, "running")
    body = running.body[:-1] + f', "step": {json.dumps({"run": run, "number": number})}'.encode()
    if part is not None:
        # As it is, without reading it again.
        body = body[:-1] + b', "part": ' + part + b"}"
    return Message(running.headers, body + b"}")
