"""Answers in parts over GraphQL and real HTTP."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from opentelemetry.trace import NoOpTracer
from service_runtime.server.fastapi import graphql
from service_runtime.server.fastapi.app import serve_lifecycle
from service_runtime.server.fastapi.server import Server
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.transports.graphql.api import Api
from service_runtime.transports.graphql.limits import MAX_ALIASES, MAX_DEPTH
from service_runtime.transports.graphql.parts import bind_streams

from tests.server.fastapi.conftest import TOKEN, started
from tests.streams import LIST, TELL, TELLER, RefusedError, Resources, Settings, StreamSuite

SCHEMA = """
scalar SafeInt
scalar Empty

type Query {
  _service: String!
}

type Subscription {
  events(after: ID): ID!
  tell(input: AskedInput!): TellItem!
  list_words(input: AskedInput!): ListWordsItem!
}

input AskedInput {
  words: SafeInt!
  seconds: Float
  size: SafeInt
  fails: String
}

type TellItem {
  part: Word
  output: Told
}

type ListWordsItem {
  part: Word
  output: Empty
}

type Word {
  word: String!
}

type Told {
  words: SafeInt!
}
"""

TEXTS = {
    "tell": "subscription tell($input: AskedInput!) "
    "{ tell(input: $input) { part { word } output { words } } }",
    "list_words": "subscription list_words($input: AskedInput!) "
    "{ list_words(input: $input) { part { word } output } }",
}

STREAM = "/graphql/stream"


def identifier(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def known(operation: str, asked: Mapping[str, object]) -> dict[str, object]:
    """The body with which a gateway asks."""
    return {"documentId": identifier(TEXTS[operation]), "variables": {"input": asked}}


def bound() -> Api:
    api = Api(SCHEMA, {identifier(text): text for text in TEXTS.values()}, [])
    bind_streams(api, [TELL, LIST])
    return api


@dataclass(frozen=True, slots=True)
class GraphqlTeller:
    """A service that tells words, and a client that bears its token."""

    resources: Resources
    client: httpx2.AsyncClient

    @asynccontextmanager
    async def tell(
        self, asked: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[AsyncIterator[tuple[str, Any]]]:
        async with self.client.stream(
            "POST", STREAM, json=known("tell", asked), headers=headers
        ) as response:
            if response.status_code != 200:
                assert response.headers["content-type"] == "application/problem+json"
                raise RefusedError(json.loads(await response.aread())["code"])
            items = (item async for item in _items(response))
            first = await anext(items)
            if first[0] == "problem":
                raise RefusedError(first[1]["code"])
            yield _behind(first, items)


async def _behind(
    first: tuple[str, Any], items: AsyncIterator[tuple[str, Any]]
) -> AsyncIterator[tuple[str, Any]]:
    yield first
    async for item in items:
        yield item


async def _items(response: httpx2.Response) -> AsyncIterator[tuple[str, Any]]:
    async for name, data in _messages(response):
        if name == "complete":
            return
        assert name == "next"
        result = json.loads(data)
        if "errors" in result:
            (error,) = result["errors"]
            assert (result["data"], error["path"]) == (None, ["tell"])
            yield "problem", error["extensions"]
        else:
            (item,) = result["data"].values()
            ((kind, value),) = ((key, one) for key, one in item.items() if one is not None)
            yield {"part": "part", "output": "end"}[kind], value
    pytest.fail("the subscription was not completed")


async def _messages(response: httpx2.Response) -> AsyncIterator[tuple[str, str]]:
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    name = ""
    async for line in response.aiter_lines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            yield name, value


@asynccontextmanager
async def telling(token: str = TOKEN, **variables: object) -> AsyncGenerator[GraphqlTeller]:
    """Served on a port of its own, with those settings."""
    settings = Settings.model_validate({"port": 0, "service_token": token, **variables})
    lifecycle = Lifecycle(TELLER, settings, NoOpTracer())
    server = Server(serve_lifecycle(lifecycle, [graphql.create_router(bound())]), lifecycle)
    async with started(server, token) as client:
        yield GraphqlTeller(lifecycle.resources, client)


@pytest.fixture
async def teller() -> AsyncGenerator[GraphqlTeller]:
    async with telling() as found:
        yield found


class TestGraphql(StreamSuite):
    """By the fixture of this module."""


async def test_an_error_has_all_of_the_problem(teller: GraphqlTeller) -> None:
    async with teller.client.stream(
        "POST", STREAM, json=known("tell", {"words": 0, "fails": "problem"})
    ) as response:
        messages = [message async for message in _messages(response)]
    assert [name for name, _ in messages] == ["next", "complete"]
    (error,) = json.loads(messages[0][1])["errors"]
    shown = {"code": "not_found", "status": 404, "detail": "no more words", "retry_after": 3}
    assert shown.items() <= error["extensions"].items()
    assert error["message"] == "no more words"


async def test_the_cause_of_a_failure_stays_inside(teller: GraphqlTeller) -> None:
    async with teller.tell({"words": 1, "fails": "swordfish"}) as events:
        (_, word), (name, problem) = [event async for event in events]
    assert word == {"word": "0"}
    assert (name, problem["code"]) == ("problem", "internal")
    assert "swordfish" not in json.dumps(problem)


async def test_an_output_without_fields_is_one(teller: GraphqlTeller) -> None:
    body = known("list_words", {"words": 1})
    async with teller.client.stream("POST", STREAM, json=body) as response:
        items = [item async for item in _items(response)]
    assert items == [("part", {"word": "0"}), ("end", {})]


async def test_while_nothing_comes_there_are_comments(
    teller: GraphqlTeller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql, "KEEP_ALIVE", 0.05)
    body = known("tell", {"words": 1, "seconds": 30})
    async with (
        asyncio.timeout(5),
        teller.client.stream("POST", STREAM, json=body) as response,
    ):
        comments = 0
        async for line in response.aiter_lines():
            comments += line.startswith(":")
            if comments == 3:
                break


async def test_who_is_not_the_gateway_is_told_nothing(teller: GraphqlTeller) -> None:
    headers = {"authorization": "Bearer x"}
    body = known("tell", {"words": 1})
    response = await teller.client.post(STREAM, json=body, headers=headers)
    assert response.status_code == 401
    assert teller.resources.runs == 0


async def test_an_answer_in_parts_is_no_call(teller: GraphqlTeller) -> None:
    response = await teller.client.post("/graphql", json=known("tell", {"words": 1}))
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "invalid_argument"


async def test_documents_of_ones_own_have_the_limits_that_hold_for_calls(
    teller: GraphqlTeller,
) -> None:
    aliases = " ".join(f"a{number}: __typename" for number in range(MAX_ALIASES + 1))
    asked = "tell(input: { words: 1 })"
    depth = "{ part " * MAX_DEPTH + "{ word }" + " }" * MAX_DEPTH
    for selected, why in (
        (f"{asked} {{ {aliases} }}", "aliases"),
        (f"{asked} {depth}", "deeper"),
        (f"{asked} {{ {'__typename ' * 5000} }}", "tokens"),
        (f"{asked} {{ part {{ word }} }} list_words(input: {{ words: 1 }}) {{ output }}", "one"),
    ):
        body = {"query": f"subscription {{ {selected} }}"}
        response = await teller.client.post(STREAM, json=body)
        assert response.status_code == 400
        assert why in response.json()["detail"]
    assert teller.resources.runs == 0


async def test_in_production_only_documents_of_the_contract_are_answered() -> None:
    async with telling("0123456789abcdef", app_env="production") as teller:
        async with teller.tell({"words": 1}) as events:
            assert [name async for name, _ in events] == ["part", "end"]
        response = await teller.client.post(STREAM, json={"query": TEXTS["tell"]})
        assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with telling(max_body_bytes=1000) as teller:
        body = known("tell", {"words": 1, "fails": "x" * 1000})
        response = await teller.client.post(STREAM, json=body)
        assert response.status_code == 413
