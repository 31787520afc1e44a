"""Whether calls are welcome, by gRPC's own protocol (https://grpc.io/docs/guides/health-checking/)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from grpc_health.v1 import health, health_pb2
from service_runtime.calls.problem import Problem
from service_runtime.transports.grpc.metadata import Context

REASON: Final = "not-ready-bin"
"""Trailer with the reason (UTF-8), for which the protocol has no field."""

_WATCH_SECONDS: Final = 1.0
"""Seconds after which those who watch are notified of a change."""


class Health(health.aio.HealthServicer):
    """The official servicer, which asks the service whenever it is asked itself."""

    def __init__(self, ready: Callable[[], Awaitable[None]]) -> None:
        """Report what `ready` says, which raises Problem when the service is not."""
        super().__init__()
        self._ready: Final = ready
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Keep those informed who watch."""
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Leave them alone."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])

    async def Check(  # noqa: N802 (the name in the protocol)
        self,
        request: health_pb2.HealthCheckRequest,
        context: Context,
    ) -> health_pb2.HealthCheckResponse:
        """Report how it is now."""
        if reason := await self._refresh():
            context.set_trailing_metadata(((REASON, reason.encode()),))
        return await super().Check(request, context)

    async def _watch(self) -> None:
        while True:
            await self._refresh()
            await asyncio.sleep(_WATCH_SECONDS)

    async def _refresh(self) -> str:
        """The reason why the service is not ready, or `""`."""
        reason = ""
        try:
            await self._ready()
        except Problem as problem:
            reason = problem.detail
        status = health_pb2.HealthCheckResponse
        await self.set("", status.NOT_SERVING if reason else status.SERVING)
        return reason
