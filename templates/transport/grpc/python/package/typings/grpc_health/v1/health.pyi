# What the package does not say of itself: its part for asyncio.
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

SERVICE_NAME: str

class aio:
    class HealthServicer(health_pb2_grpc.HealthServicer):
        def __init__(self) -> None: ...
        async def Check(
            self,
            request: health_pb2.HealthCheckRequest,
            context: grpc.aio.ServicerContext[Any, Any],
        ) -> health_pb2.HealthCheckResponse: ...
        async def set(
            self, service: str, status: health_pb2.HealthCheckResponse.ServingStatus
        ) -> None: ...
        async def enter_graceful_shutdown(self) -> None: ...
