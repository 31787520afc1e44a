"""Answers in parts over gRPC. The service has no contract, so its messages are JSON values."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct, Value
from opentelemetry.trace import NoOpTracer
from service_runtime.calls.values import Model
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.transports import Host
from service_runtime.transports.grpc import convert
from service_runtime.transports.grpc.method import Codec, method
from service_runtime.transports.grpc.server import GrpcServer, serving
from service_runtime.transports.grpc.settings import GrpcSettings
from service_runtime.transports.grpc.streams import item_of

from tests import streams
from tests.streams import TELLER, Asked, RefusedError, StreamSuite
from tests.transports.probe_grpc import TOKEN, reported

SERVICE = "demo.teller.v1.TellerService"


class Settings(GrpcSettings, streams.Settings):
    """Of a service that answers in parts over gRPC."""


def record(message: Value) -> dict[str, object]:
    return cast("dict[str, object]", convert.json_of(message))


def value(model: Model) -> Value:
    return convert.json_value(model.model_dump(mode="json"))


def response(problem: bytes = b"", **items: Value) -> Value:
    given = {"problem": Value(string_value=problem.hex())} if problem else items
    return Value(struct_value=Struct(fields=given))


CODEC = Codec(
    service=SERVICE,
    methods=[],
    after=bytes.decode,
    event=lambda record: record.data.encode(),
    streams=[
        method(
            "Tell",
            "tell",
            request=Value,
            decode=record,
            model=Asked,
            encode=item_of(response, value, value),
        )
    ],
)


@dataclass(frozen=True, slots=True)
class GrpcTeller:
    """A service that tells words, and a client that bears its token."""

    lifecycle: Lifecycle[Any, streams.Resources]
    channel: grpc.aio.Channel

    @property
    def resources(self) -> streams.Resources:
        return self.lifecycle.resources

    @asynccontextmanager
    async def tell(
        self, asked: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[AsyncIterator[tuple[str, Any]]]:
        metadata = {"authorization": f"Bearer {TOKEN}", **(headers or {})}
        seconds = int(metadata.pop("request-timeout-ms", "60000")) / 1000
        ask: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = self.channel.unary_stream(
            f"/{SERVICE}/Tell"
        )
        message = convert.json_value(cast("Any", dict(asked))).SerializeToString()
        call = ask(message, timeout=seconds, metadata=list(metadata.items()))
        try:
            first = await anext(aiter(call))
        except grpc.aio.AioRpcError as error:
            raise RefusedError(reported(error).reason.lower()) from error
        try:
            yield self._events(first, call)
        finally:
            call.cancel()

    async def _events(
        self, first: bytes, call: "grpc.aio.UnaryStreamCall[bytes, bytes]"
    ) -> AsyncGenerator[tuple[str, Any]]:
        yield _event(first)
        try:
            async for message in call:
                yield _event(message)
        except grpc.aio.AioRpcError as error:
            # The client gives up when the service does, and not after it.
            async with asyncio.timeout(1):
                await self.resources.closed.wait()
            yield "problem", {"code": error.code().name.lower()}


def _event(message: bytes) -> tuple[str, Any]:
    [(name, data)] = record(Value.FromString(message)).items()
    if name != "problem":
        return "end" if name == "output" else name, data
    details = ("grpc-status-details-bin", bytes.fromhex(cast("str", data)))
    problem = reported(
        grpc.aio.AioRpcError(
            grpc.StatusCode.UNKNOWN, grpc.aio.Metadata(), grpc.aio.Metadata(details)
        )
    )
    return name, {"code": problem.reason.lower(), "retry_after": problem.retry_after}


Serve = Callable[..., Awaitable[GrpcTeller]]


@pytest.fixture
async def serve() -> AsyncGenerator[Serve]:
    """Serve with the settings given, until the test ends."""
    async with AsyncExitStack() as stack:

        async def start(**settings: object) -> GrpcTeller:
            return await stack.enter_async_context(served(**settings))

        yield start


@asynccontextmanager
async def served(**settings: object) -> AsyncGenerator[GrpcTeller]:
    opened: list[GrpcServer] = []

    @asynccontextmanager
    async def note(host: Host) -> AsyncGenerator[GrpcServer]:
        async with serving(host, CODEC) as server:
            opened.append(server)
            yield server

    given = {"grpc_port": 0, "service_token": TOKEN, **settings}
    definition = replace(TELLER, settings=Settings, transports=[note])
    lifecycle = Lifecycle(definition, Settings.model_validate(given), NoOpTracer())
    async with lifecycle.serving():
        [server] = opened
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield GrpcTeller(lifecycle, channel)


@pytest.fixture
async def teller(serve: Serve) -> GrpcTeller:
    """Served on a port of its own."""
    return await serve()


class TestGrpc(StreamSuite):
    """By the fixture of this module."""


async def test_a_refusal_says_when_to_come_back(teller: GrpcTeller) -> None:
    with pytest.raises(RefusedError) as caught:
        async with teller.tell({"words": 0, "fails": "problem"}):
            pytest.fail("it was answered")
    assert isinstance(caught.value.__cause__, grpc.aio.AioRpcError)
    problem = reported(caught.value.__cause__)
    assert (problem.code, problem.retry_after) == (grpc.StatusCode.NOT_FOUND, 3)


async def test_who_has_no_token_is_refused(teller: GrpcTeller) -> None:
    with pytest.raises(RefusedError, match="unauthenticated"):
        async with teller.tell({"words": 1}, {"authorization": "Bearer wrong"}):
            pytest.fail("it was answered")
    assert teller.resources.runs == 0


@pytest.mark.parametrize("stops", [False, True])
async def test_an_end_while_nobody_reads_comes_behind_all_that_was_made(
    serve: Serve, stops: bool
) -> None:
    teller = await serve(stream_timeout_ms=60_000 if stops else 1000, shutdown_seconds=2)
    async with teller.tell({"words": 10_000, "size": 16 * 1024}) as events:
        await anext(events)
        if stops:
            await asyncio.sleep(0.5)
            teller.lifecycle.service.stopping.set()
        async with asyncio.timeout(5):
            await teller.resources.closed.wait()
        *parts, (name, problem) = [event async for event in events]
    code = "unavailable" if stops else "deadline_exceeded"
    assert (name, problem["code"]) == ("problem", code)
    made = range(1, teller.resources.made)
    assert [data["word"] for _, data in parts] == [str(number) * 16 * 1024 for number in made]


async def test_a_thousand_answers_share_a_connection(serve: Serve) -> None:
    teller = await serve(max_streams=1000, max_connections=1001)
    async with AsyncExitStack() as stack:
        answers = [
            await stack.enter_async_context(teller.tell({"words": 2, "seconds": 30}))
            for _ in range(1000)
        ]
        for events in answers:
            assert await anext(events) == ("part", {"word": "0"})
        assert teller.resources.running == 1000
        with pytest.raises(RefusedError, match="resource_exhausted"):
            async with teller.tell({"words": 1}):
                pytest.fail("it was answered")


async def test_a_service_that_stops_lets_answers_end_and_tells_the_others_to_come_back(
    serve: Serve,
) -> None:
    teller = await serve(shutdown_seconds=5)
    async with (
        teller.tell({"words": 2, "seconds": 0.5}) as short,
        teller.tell({"words": 2, "seconds": 60}) as long,
    ):
        await anext(short)
        await anext(long)
        draining = asyncio.create_task(teller.lifecycle.drain())
        assert [name async for name, _ in short] == ["part", "end"]
        *_, (name, problem) = [event async for event in long]
        assert (name, problem["code"], problem["retry_after"]) == ("problem", "unavailable", 1)
    await draining
