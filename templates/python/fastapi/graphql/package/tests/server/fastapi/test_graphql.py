"""GraphQL over real HTTP: calls, limits, the stream of events."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from graphql import build_client_schema, get_introspection_query, print_schema
from httpx2 import ServerSentEvent
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from service_runtime.server.fastapi import graphql
from service_runtime.testing import becomes
from service_runtime.transports.graphql.api import Api

from tests import probe
from tests.server.fastapi.conftest import Probed, Serve

SCHEMA = """
scalar SafeInt
scalar DateTime

type Query {
  wait(input: SecondsInput!): Seconds!
  fail: Number!
}

type Mutation {
  count(input: NumberInput!): Number!
}

type Subscription {
  events(after: ID): Event!
}

input SecondsInput {
  value: Float!
}

type Seconds {
  value: Float!
}

input NumberInput {
  value: SafeInt
}

type Number {
  value: SafeInt!
}

interface Event {
  id: ID!
  time: DateTime!
}

type StreamGap implements Event {
  id: ID!
  time: DateTime!
}

type CountedEvent implements Event {
  id: ID!
  time: DateTime!
  data: CountedEventData!
}

type CountedEventData {
  value: SafeInt!
}
"""

WAIT = "query wait($input: SecondsInput!) { wait(input: $input) { value } }"
FAIL = "query fail { fail { value } }"
COUNT = "mutation count($input: NumberInput!) { count(input: $input) { value } }"
EVENTS = """
subscription events($after: ID) {
  events(after: $after) {
    __typename
    id
    time
    ... on CountedEvent { CountedEvent: data { value } }
  }
}
"""

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
PRODUCTION = {"app_env": "production"}


def identifier(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


API = Api(
    SCHEMA,
    {identifier(text): text for text in (WAIT, FAIL, COUNT, EVENTS)},
    [probe.WAIT, probe.FAIL, probe.COUNT],
)


async def ask(
    probed: Probed, text: str, value: float | None = None, headers: dict[str, str] | None = None
) -> httpx2.Response:
    variables = {} if value is None else {"input": {"value": value}}
    body = {"documentId": identifier(text), "variables": variables}
    return await probed.client.post("/graphql", json=body, headers=headers)


def problem(response: httpx2.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/graphql-response+json"
    return response.json()["errors"][0]["extensions"]


async def test_a_call_is_answered(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    response = await ask(probed, COUNT, 7)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/graphql-response+json"
    assert response.json() == {"data": {"count": {"value": 1}}}


async def test_a_body_of_another_media_type_is_refused(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    text = f'{{"documentId": "{identifier(COUNT)}"}}'
    for path in ("/graphql", "/graphql/stream"):
        response = await probed.client.post(path, content=text)
        assert (response.status_code, response.json()["code"]) == (415, "invalid_argument")


async def test_the_deadline_is_the_callers_and_cancels(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    response = await ask(probed, WAIT, 0, {"request-timeout-ms": "2000"})
    assert 1.5 < response.json()["data"]["wait"]["value"] <= 2
    response = await ask(probed, WAIT, 30, {"request-timeout-ms": "1000"})
    assert (response.status_code, problem(response)["code"]) == (200, "deadline_exceeded")
    assert probed.resources.cancelled.is_set()


async def test_when_the_client_leaves_the_handler_is_cancelled(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    call = asyncio.create_task(ask(probed, WAIT, 30))
    await becomes(lambda: probed.resources.waiting, 1)
    call.cancel()
    async with asyncio.timeout(5):
        await probed.resources.cancelled.wait()


async def test_the_same_key_runs_once_and_another_call_under_it_is_a_conflict(
    serve: Serve,
) -> None:
    probed = await serve(graphql.create_router(API))
    key = {"idempotency-key": "7b1a2c"}
    answers = await asyncio.gather(*(ask(probed, COUNT, 1, key) for _ in range(5)))
    assert {answer.text for answer in answers} == {'{"data":{"count":{"value":1}}}'}
    assert probed.resources.runs == 1
    assert problem(await ask(probed, COUNT, 2, key))["code"] == "conflict"


async def test_a_full_service_refuses_with_when_to_come_back(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API), max_concurrency=1, max_queue=0)
    running = asyncio.create_task(ask(probed, WAIT, 2))
    await becomes(lambda: probed.resources.waiting, 1)
    refused = problem(await ask(probed, WAIT, 0))
    assert (refused["code"], refused["retry_after"]) == ("resource_exhausted", 1)
    assert (await running).json()["data"] is not None


async def test_the_cause_of_a_failure_stays_inside(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    response = await ask(probed, FAIL)
    assert "swordfish" not in response.text
    assert problem(response)["code"] == "internal"
    assert len(problem(response)["trace_id"]) == 32


async def test_a_call_is_a_server_span_in_the_trace_of_its_caller(
    serve: Serve, spans: InMemorySpanExporter
) -> None:
    probed = await serve(graphql.create_router(API))
    await ask(probed, COUNT, 1, {"traceparent": f"00-{TRACE}-{PARENT}-01"})
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind) == ("count probe", SpanKind.SERVER)
    assert span.parent is not None
    assert span.parent.span_id == int(PARENT, 16)


async def test_without_the_token_nothing_is_answered(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    for path in ("/graphql", "/graphql/stream"):
        response = await probed.client.post(path, json={}, headers={"authorization": "Bearer x"})
        assert response.status_code == 401
        assert response.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_too_large_or_no_request_is_refused(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API), max_body_bytes=1000)
    for body, status in (("x" * 1001, 413), ("{", 400), ("[]", 400), ('{"variables": 7}', 400)):
        response = await probed.client.post(
            "/graphql", content=body, headers={"content-type": "application/json"}
        )
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


async def test_in_production_only_documents_of_the_contract_are_answered(serve: Serve) -> None:
    token = "0123456789abcdef"
    probed = await serve(graphql.create_router(API), service_token=token, **PRODUCTION)
    probed.client.headers["authorization"] = f"Bearer {token}"
    assert (await ask(probed, COUNT, 1)).status_code == 200
    for text in (COUNT, get_introspection_query()):
        response = await probed.client.post("/graphql", json={"query": text})
        assert response.status_code == 403
        assert problem(response)["code"] == "permission_denied"


async def test_what_is_served_is_the_contract(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    query = get_introspection_query(specified_by_url=True, descriptions=True)
    response = await probed.client.post("/graphql", json={"query": query})
    served = build_client_schema(response.json()["data"])
    assert print_schema(served) == print_schema(API.schema)


@asynccontextmanager
async def stream(probed: Probed, after: str = "") -> AsyncGenerator[asyncio.Queue[ServerSentEvent]]:
    """The messages that come, until leaving; the end of the stream is one without a name."""
    received: asyncio.Queue[ServerSentEvent] = asyncio.Queue()
    opened = asyncio.Event()
    body = {"documentId": identifier(EVENTS), "variables": {"after": after} if after else {}}

    async def listen() -> None:
        async with probed.client.sse(
            "/graphql/stream", method="POST", json=body, timeout=5
        ) as source:
            opened.set()
            async for message in source:
                received.put_nowait(message)
        received.put_nowait(ServerSentEvent(event=""))

    listening = asyncio.create_task(listen())
    await opened.wait()
    try:
        yield received
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def take(received: asyncio.Queue[ServerSentEvent], number: int) -> list[dict[str, Any]]:
    """The events in so many messages."""
    async with asyncio.timeout(5):
        messages = [await received.get() for _ in range(number)]
    assert {message.event for message in messages} == {"next"}
    events = [json.loads(message.data)["data"]["events"] for message in messages]
    assert [event["id"] for event in events] == [message.id for message in messages]
    return events


def publish(probed: Probed, *values: int) -> None:
    for value in values:
        probed.lifecycle.events.publish(probe.Counted(value=value))


def values(events: list[dict[str, Any]]) -> list[int]:
    return [event["CountedEvent"]["value"] for event in events]


async def test_who_comes_back_gets_what_was_missed_once(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    async with stream(probed) as received:
        publish(probed, 1, 2, 3)
        gap, *first = await take(received, 4)
    assert gap["__typename"] == "StreamGap"
    assert values(first) == [1, 2, 3]
    publish(probed, 4)
    async with stream(probed, after=first[1]["id"]) as received:
        publish(probed, 5)
        assert values(await take(received, 3)) == [3, 4, 5]


async def test_two_listeners_receive_the_same(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    async with stream(probed) as one, stream(probed) as other:
        publish(probed, 1, 2)
        assert values((await take(one, 3))[1:]) == values((await take(other, 3))[1:])


async def test_a_stream_is_completed_when_the_service_stops(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    async with stream(probed) as received:
        publish(probed, 1)
        await take(received, 2)
        probed.server.should_exit = True
        async with asyncio.timeout(5):
            assert [(await received.get()).event for _ in range(2)] == ["complete", ""]


async def test_a_silent_stream_is_kept_alive(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql, "KEEP_ALIVE", 0.05)
    probed = await serve(graphql.create_router(API))
    body = {"documentId": identifier(EVENTS)}
    async with (
        asyncio.timeout(5),
        probed.client.stream("POST", "/graphql/stream", json=body) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith(":"):
                break
        else:
            pytest.fail("the stream ended")


async def test_a_subscription_that_is_refused_does_not_begin(serve: Serve) -> None:
    probed = await serve(graphql.create_router(API))
    for body, status in (
        ({"documentId": "sha256:0"}, 404),
        ({"documentId": identifier(COUNT)}, 400),
        ({"documentId": identifier(EVENTS), "variables": {"after": [1]}}, 400),
    ):
        response = await probed.client.post("/graphql/stream", json=body)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
