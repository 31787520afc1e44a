"""The gRPC server, over real connections."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, format_span_id, format_trace_id
from service_runtime.calls.problem import Problem
from service_runtime.testing import becomes
from service_runtime.transports.grpc import calls, status

from tests.transports.probe_grpc import TOKEN, Probed, probed, reported

Serve = Callable[..., Awaitable[Probed]]


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """What was recorded."""
    return InMemorySpanExporter()


@pytest.fixture
async def serve(spans: InMemorySpanExporter) -> AsyncGenerator[Serve]:
    """Serve the probe with the settings given, until the test ends."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    async with AsyncExitStack() as stack:

        async def start(**settings: object) -> Probed:
            return await stack.enter_async_context(
                probed(provider.get_tracer(__name__), **settings)
            )

        yield start


async def refused(call: Awaitable[Any]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def test_a_call_is_answered(serve: Serve) -> None:
    service = await serve()
    assert await service.call("Count", {"value": 3}) == {"value": 1}


@pytest.mark.parametrize("token", ["", "wrong", "token-of-the-tests-and-more"])
async def test_who_has_no_token_is_refused(serve: Serve, token: str) -> None:
    service = await serve()
    error = reported(await refused(service.call("Count", {"value": 3}, token=token)))
    assert (error.code, error.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")
    assert service.resources.runs == 0


async def test_a_listener_without_a_token_is_refused(serve: Serve) -> None:
    service = await serve()
    error = await refused(anext(aiter(service.listen("", "wrong"))))
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED


async def test_an_operation_that_is_not_there(serve: Serve) -> None:
    service = await serve()
    error = await refused(service.call("Nothing", {}))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_what_nobody_foresaw_stays_inside(serve: Serve) -> None:
    service = await serve()
    error = reported(await refused(service.call("Fail", {})))
    assert (error.code, error.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "swordfish" not in error.detail


async def test_a_full_service_says_when_to_come_back(serve: Serve) -> None:
    service = await serve(max_concurrency=1, max_queue=0)
    first = asyncio.create_task(service.call("Wait", {"value": 2}))
    await becomes(lambda: service.resources.waiting, 1)
    error = reported(await refused(service.call("Wait", {"value": 0})))
    assert (error.code, error.retry_after) == (grpc.StatusCode.RESOURCE_EXHAUSTED, 1.0)
    await first


async def test_more_calls_than_connections_may_have_are_refused(serve: Serve) -> None:
    service = await serve(max_connections=3)
    calls = [asyncio.create_task(service.call("Wait", {"value": 2})) for _ in range(5)]
    codes = [
        error.code() if isinstance(error, grpc.aio.AioRpcError) else None
        for error in await asyncio.gather(*calls, return_exceptions=True)
    ]
    assert sorted(codes, key=str) == [None] * 3 + [grpc.StatusCode.RESOURCE_EXHAUSTED] * 2


async def test_the_caller_says_how_long_it_waits(serve: Serve) -> None:
    service = await serve()
    began = time.monotonic()
    answer = await service.call("Wait", {"value": 0}, seconds=5)
    # gRPC adds what it rounds up on the way.
    assert 5 - (time.monotonic() - began) - 0.1 < answer["value"] < 5.1
    began = time.monotonic()
    without = await service.call("Wait", {"value": 0})
    assert 10 - (time.monotonic() - began) < without["value"] <= 10, "the service's own"


async def test_the_deadline_stops_the_handler(serve: Serve) -> None:
    service = await serve()
    error = await refused(service.call("Wait", {"value": 30}, seconds=1))
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    await asyncio.wait_for(service.resources.cancelled.wait(), 20)


async def test_a_caller_that_leaves_stops_the_handler(serve: Serve) -> None:
    service = await serve()
    call = asyncio.create_task(service.call("Wait", {"value": 30}))
    await becomes(lambda: service.resources.waiting, 1)
    call.cancel()
    await asyncio.wait_for(service.resources.cancelled.wait(), 20)


async def test_the_same_key_runs_once(serve: Serve) -> None:
    service = await serve()
    headers = [("idempotency-key", "once")]
    calls = [service.call("Count", {"value": 1}, headers=headers) for _ in range(5)]
    assert await asyncio.gather(*calls) == [{"value": 1}] * 5
    error = reported(await refused(service.call("Count", {"value": 2}, headers=headers)))
    assert (error.code, error.reason) == (grpc.StatusCode.ABORTED, "CONFLICT")


async def test_a_key_that_is_none_is_refused(serve: Serve) -> None:
    service = await serve()
    headers = [("idempotency-key", "x" * 201)]
    error = reported(await refused(service.call("Count", {"value": 1}, headers=headers)))
    assert error.code == grpc.StatusCode.INVALID_ARGUMENT


async def test_the_trace_goes_on(serve: Serve, spans: InMemorySpanExporter) -> None:
    service = await serve()
    trace_id, span_id = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    headers = [("traceparent", f"00-{trace_id}-{span_id}-01")]
    await service.call("Count", {"value": 1}, headers=headers)
    [span] = spans.get_finished_spans()
    assert (span.name, span.kind) == ("count probe", SpanKind.SERVER)
    assert span.context is not None
    assert format_trace_id(span.context.trace_id) == trace_id
    assert span.parent is not None
    assert format_span_id(span.parent.span_id) == span_id


async def test_a_request_beyond_the_limit_is_refused(serve: Serve) -> None:
    service = await serve(grpc_max_message_bytes=1000)
    error = await refused(service.call("Count", {"value": 1, "filler": "x" * 1000}))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "message larger than max" in (error.details() or "")


async def test_events_arrive_at_everyone_and_go_on_behind_the_last_one(serve: Serve) -> None:
    service = await serve()
    streams = [service.events(), service.events()]
    begins = [await anext(stream) for stream in streams]
    assert [name for _, name, _ in begins] == ["stream.gap"] * 2
    for value in (1, 2):
        await service.call("Count", {"value": value})
    for stream in streams:
        first = await anext(stream)
        second = await anext(stream)
        assert [first[1:], second[1:]] == [("counted", {"value": 1}), ("counted", {"value": 2})]
    resumed = service.events(after=begins[0][0])
    assert (await anext(resumed))[1:] == ("counted", {"value": 1})
    for stream in (*streams, resumed):
        await stream.aclose()


async def health_of(service: Probed) -> tuple[str, str]:
    path = "/grpc.health.v1.Health/Check"
    check: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = service.channel.unary_unary(path)
    call = check(health_pb2.HealthCheckRequest().SerializeToString())
    answer = health_pb2.HealthCheckResponse.FromString(await call)
    reasons = [
        value.decode()
        for name, value in await call.trailing_metadata()
        if name == "not-ready-bin" and isinstance(value, bytes)
    ]
    serving = answer.status == health_pb2.HealthCheckResponse.SERVING
    return "serving" if serving else "not serving", "".join(reasons)


async def test_health_is_reported_without_a_token(serve: Serve) -> None:
    service = await serve()
    assert await health_of(service) == ("serving", "")
    service.resources.broken = "the model is löading"
    assert await health_of(service) == ("not serving", "the model is löading")
    service.resources.broken = ""
    assert await health_of(service) == ("serving", "")


@pytest.mark.parametrize(("app_env", "is_there"), [("development", True), ("production", False)])
async def test_reflection_is_for_development(serve: Serve, app_env: str, is_there: bool) -> None:
    service = await serve(app_env=app_env)
    path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    reflect: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = service.channel.stream_stream(path)
    stream = reflect()
    await stream.done_writing()
    code = await stream.code()
    assert (code == grpc.StatusCode.OK) is is_there


async def test_a_stream_without_events_shows_that_somebody_is_there(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_QUIET_SECONDS", 0.05)
    service = await serve()
    stream = service.listen("", TOKEN)
    assert await stream.read() != b""
    assert [await stream.read() for _ in range(3)] == [b""] * 3
    stream.cancel()


async def test_draining_answers_what_is_in_flight_and_ends_streams(serve: Serve) -> None:
    service = await serve()
    stream = service.events()
    await anext(stream)
    call = asyncio.create_task(service.call("Wait", {"value": 0.3}))
    await becomes(lambda: service.resources.waiting, 1)
    async with asyncio.timeout(5):
        await service.lifecycle.drain()
    assert (await call)["value"] > 0
    assert [name async for _, name, _ in stream] == []
    error = await refused(service.call("Count", {"value": 1}))
    assert error.code() == grpc.StatusCode.UNAVAILABLE


async def test_a_port_that_is_taken_stops_the_start(serve: Serve) -> None:
    service = await serve()
    with pytest.raises(RuntimeError):
        await serve(grpc_port=service.server.port)


def test_a_problem_says_all_that_it_knows() -> None:
    problem = Problem(
        "invalid_argument",
        "no",
        errors=[{"pointer": "/a/0", "detail": "wrong"}],
        retry_after=1.5,
    )
    problem.trace_id = "0af7651916cd43dd8448eb211c80319c"
    details = status.status_of(problem).details
    names = [detail.TypeName() for detail in details]
    assert names == ["google.rpc.ErrorInfo", "google.rpc.BadRequest", "google.rpc.RetryInfo"]
