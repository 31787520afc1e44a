"""The probe behind gRPC. It has no contract, so its messages are JSON: gRPC sends any bytes."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import (  # pyright: ignore[reportMissingTypeStubs]
    error_details_pb2,
    status_pb2,
)
from opentelemetry.trace import Tracer
from service_runtime.calls.values import Model
from service_runtime.events import EventRecord
from service_runtime.server.definition import Definition
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.settings import ServiceSettings
from service_runtime.transports import Host
from service_runtime.transports.grpc.method import Codec, Method
from service_runtime.transports.grpc.server import GrpcServer, serving
from service_runtime.transports.grpc.settings import GrpcSettings

from tests import probe

TOKEN = "token-of-the-tests"
SERVICE = "demo.probe.v1.ProbeService"


class Settings(GrpcSettings, ServiceSettings):
    """Those of a service that is reached over gRPC."""


def method(name: str, operation: str, model: type[Model]) -> Method:
    def encode(output: Model) -> bytes:
        return output.model_dump_json().encode()

    return Method(name, operation, model.model_validate_json, encode)


def event(record: EventRecord) -> bytes:
    return json.dumps([record.id, record.name, json.loads(record.data)]).encode()


CODEC = Codec(
    service=SERVICE,
    methods=[
        method("Count", "count", probe.Number),
        method("Wait", "wait", probe.Seconds),
        method("Fail", "fail", probe.Number),
    ],
    after=bytes.decode,
    event=event,
)


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe that serves, and a client of it."""

    lifecycle: Lifecycle[Settings, probe.Resources]
    server: GrpcServer
    channel: grpc.aio.Channel

    @property
    def resources(self) -> probe.Resources:
        return self.lifecycle.resources

    async def call(
        self,
        name: str,
        message: dict[str, object],
        *,
        token: str = TOKEN,
        seconds: float | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> dict[str, Any]:
        """Ask once."""
        path = f"/{SERVICE}/{name}"
        ask: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self.channel.unary_unary(path)
        answer = await ask(
            json.dumps(message).encode(),
            timeout=seconds,
            metadata=(("authorization", f"Bearer {token}"), *headers),
        )
        return json.loads(answer)

    def listen(self, after: str, token: str) -> "grpc.aio.UnaryStreamCall[bytes, bytes]":
        """Open a stream of events."""
        path = f"/{SERVICE}/Events"
        open_: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = self.channel.unary_stream(path)
        return open_(after.encode(), metadata=(("authorization", f"Bearer {token}"),))

    async def events(self, after: str = "") -> AsyncGenerator[tuple[str, str, Any]]:
        """Listen until the service ends the stream."""
        async for message in self.listen(after, TOKEN):
            number, name, data = json.loads(message)
            yield number, name, data


@asynccontextmanager
async def probed(tracer: Tracer, **settings: object) -> AsyncGenerator[Probed]:
    """Serve the probe, on a port of its own."""
    opened: list[GrpcServer] = []

    @asynccontextmanager
    async def note(host: Host) -> AsyncGenerator[GrpcServer]:
        opening: AbstractAsyncContextManager[GrpcServer] = serving(host, CODEC)
        async with opening as server:
            opened.append(server)
            yield server

    operations = [probe.COUNT, probe.WAIT, probe.FAIL]
    lifecycle = Lifecycle(
        Definition(
            probe.IDENTITY, Settings, probe.Resources.open, operations, [note], probe.PROBE.folder
        ),
        Settings.model_validate({"grpc_port": 0, "service_token": TOKEN, **settings}),
        tracer,
    )
    async with lifecycle.serving():
        [server] = opened
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield Probed(lifecycle, server, channel)


@dataclass(frozen=True, slots=True)
class Reported:
    """What an error tells."""

    code: grpc.StatusCode
    detail: str
    reason: str
    errors: list[tuple[str, str]]
    retry_after: float | None


def reported(error: grpc.aio.AioRpcError) -> Reported:
    """Read the standard details of an error (https://google.aip.dev/193)."""
    status = status_pb2.Status()
    for name, value in error.trailing_metadata():
        if name == "grpc-status-details-bin":
            assert isinstance(value, bytes)
            status.ParseFromString(value)
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    retry_after: float | None = None
    for detail in status.details:
        if detail.Unpack(retry):
            retry_after = retry.retry_delay.ToTimedelta().total_seconds()
        elif not detail.Unpack(bad):
            detail.Unpack(info)
    errors = [(violation.field, violation.description) for violation in bad.field_violations]
    return Reported(error.code(), status.message, info.reason, errors, retry_after)
