"""Calls over HTTP: deadlines, repetition, saturation, errors, traces."""

import asyncio
import socket

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_trace_id
from service_runtime.testing import becomes

from tests.server.fastapi.conftest import Serve

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


def trace_id(span: ReadableSpan) -> str:
    assert span.context is not None
    return format_trace_id(span.context.trace_id)


async def test_the_handler_knows_what_is_left_of_the_deadline(serve: Serve) -> None:
    probed = await serve(call_timeout_ms=5000, max_call_timeout_ms=8000)
    for header, expected in (
        ({}, 5),
        ({"request-timeout-ms": "2000"}, 2),
        ({"request-timeout-ms": "60000"}, 8),
    ):
        response = await probed.client.post("/operations/wait", json={"value": 0}, headers=header)
        assert expected - 0.5 < response.json()["value"] <= expected


async def test_past_the_deadline_the_handler_is_cancelled(serve: Serve) -> None:
    probed = await serve()
    response = await probed.client.post(
        "/operations/wait", json={"value": 30}, headers={"request-timeout-ms": "1000"}
    )
    assert response.status_code == 504
    assert response.json()["code"] == "deadline_exceeded"
    assert probed.resources.cancelled.is_set()


async def test_when_the_client_leaves_the_handler_is_cancelled(serve: Serve) -> None:
    probed = await serve()
    call = asyncio.create_task(probed.client.post("/operations/wait", json={"value": 30}))
    await becomes(lambda: probed.resources.waiting, 1)
    call.cancel()
    async with asyncio.timeout(5):
        await probed.resources.cancelled.wait()


async def test_the_same_key_runs_once(serve: Serve) -> None:
    probed = await serve()
    headers = {"idempotency-key": "7b1a2c"}
    together = await asyncio.gather(
        *(probed.client.post("/operations/count", json={}, headers=headers) for _ in range(5))
    )
    later = await probed.client.post("/operations/count", json={}, headers=headers)
    assert {response.text for response in [*together, later]} == {'{"value":1}'}
    assert probed.resources.runs == 1


async def test_another_body_under_the_same_key_is_a_conflict(serve: Serve) -> None:
    probed = await serve()
    headers = {"idempotency-key": "7b1a2c"}
    await probed.client.post("/operations/count", json={"value": 1}, headers=headers)
    response = await probed.client.post("/operations/count", json={"value": 2}, headers=headers)
    assert response.status_code == 409
    assert response.json()["code"] == "conflict"
    assert probed.resources.runs == 1


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", None])
async def test_a_body_of_another_media_type_is_refused(
    serve: Serve, media_type: str | None
) -> None:
    probed = await serve()
    headers = {} if media_type is None else {"content-type": media_type}
    response = await probed.client.post(
        "/operations/count", content='{"value": 1}', headers=headers
    )
    assert response.status_code == 415
    assert response.json()["code"] == "invalid_argument"
    assert probed.resources.runs == 0


async def test_a_full_service_refuses_at_once_and_stays_alive(serve: Serve) -> None:
    probed = await serve(max_concurrency=2, max_queue=1)
    running = [
        asyncio.create_task(probed.client.post("/operations/wait", json={"value": 2}, timeout=20))
        for _ in range(3)
    ]
    while "service_calls_waiting 1.0" not in (await probed.client.get("/metrics")).text:
        await asyncio.sleep(0.02)
    refused = await probed.client.post("/operations/wait", json={"value": 0})
    assert refused.status_code == 503
    assert refused.json()["code"] == "resource_exhausted"
    assert int(refused.headers["retry-after"]) >= 1
    assert (await probed.client.get("/livez")).status_code == 200
    assert [(await call).status_code for call in running] == [200, 200, 200]


async def test_200_calls_at_once_are_answered_or_refused(serve: Serve) -> None:
    probed = await serve(max_concurrency=10, max_queue=20)
    responses = await asyncio.gather(
        *(probed.client.post("/operations/wait", json={"value": 0.2}) for _ in range(200))
    )
    statuses = [response.status_code for response in responses]
    assert set(statuses) == {200, 503}
    assert statuses.count(200) >= 30


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"value": -1}', "/value"),
        ('{"value": "1"}', "/value"),
        ('{"value": true}', "/value"),
        ('{"other": 1}', "/other"),
        ("[]", ""),
    ],
)
async def test_what_does_not_fit_is_pointed_at(serve: Serve, body: str, pointer: str) -> None:
    probed = await serve()
    response = await probed.client.post(
        "/operations/count", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == "invalid_argument"
    assert problem["type"] == "urn:hybridge:problem:invalid_argument"
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert probed.resources.runs == 0


@pytest.mark.parametrize("body", ["", "{", "nonsense", '{"value": 1', "\x00"])
async def test_what_is_not_json_is_refused(serve: Serve, body: str) -> None:
    probed = await serve()
    response = await probed.client.post(
        "/operations/count", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_argument"


@pytest.mark.parametrize(
    "headers",
    [
        {"request-timeout-ms": "soon"},
        {"request-timeout-ms": "-1"},
        {"idempotency-key": "k" * 201},
    ],
)
async def test_headers_that_cannot_be_read_are_refused(
    serve: Serve, headers: dict[str, str]
) -> None:
    probed = await serve()
    response = await probed.client.post("/operations/count", json={}, headers=headers)
    assert response.status_code == 400
    assert probed.resources.runs == 0


async def test_the_cause_of_a_failure_stays_inside(
    serve: Serve, spans: InMemorySpanExporter
) -> None:
    probed = await serve()
    response = await probed.client.post("/operations/fail", json={})
    assert response.status_code == 500
    assert "swordfish" not in response.text
    problem = response.json()
    assert problem["code"] == "internal"
    (span,) = spans.get_finished_spans()
    assert problem["trace_id"] == trace_id(span)
    assert span.status.status_code is StatusCode.ERROR


async def test_a_call_is_a_server_span_in_the_trace_of_its_caller(
    serve: Serve, spans: InMemorySpanExporter
) -> None:
    probed = await serve()
    await probed.client.post(
        "/operations/count", json={}, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"}
    )
    (span,) = spans.get_finished_spans()
    assert span.name == "count probe"
    assert span.kind is SpanKind.SERVER
    assert trace_id(span) == TRACE
    assert span.parent is not None
    assert span.parent.span_id == int(PARENT, 16)


async def test_a_client_that_sends_half_a_request_is_no_trouble(serve: Serve) -> None:
    probed = await serve()
    port = probed.client.base_url.port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(b"POST /operations/count HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
    assert (await probed.client.post("/operations/count", json={})).status_code == 200
