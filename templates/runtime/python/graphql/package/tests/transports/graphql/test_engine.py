"""The contract in GraphQL, executed: what is answered, what is refused, and how both look."""

import asyncio
import hashlib
import json
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field, JsonValue
from service_runtime.calls.call import Call
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import EventModel, Int, Model
from service_runtime.events import EventLog
from service_runtime.transports.graphql.api import Api
from service_runtime.transports.graphql.context import Context
from service_runtime.transports.graphql.limits import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS
from service_runtime.transports.graphql.request import Request
from service_runtime.transports.graphql.stream import Message

SCHEMA = """
scalar SafeInt
scalar DateTime

directive @entry on INPUT_OBJECT | OBJECT

type Query {
  look(input: LookInput!): LookOutput!
}

type Mutation {
  ping: LookOutput!
}

type Subscription {
  events(after: ID): Event!
}

input LookInput {
  labels: [CountEntryInput!]!
  least: SafeInt
}

input CountEntryInput @entry {
  key: String!
  value: [SafeInt!]!
}

type LookOutput {
  labels: [CountEntry!]!
  tree: Tree
}

type CountEntry @entry {
  key: String!
  value: [SafeInt!]!
}

type Tree {
  value: SafeInt!
  below: Tree
}

interface Event {
  id: ID!
  time: DateTime!
}

type StreamGap implements Event {
  id: ID!
  time: DateTime!
}

type WasSeenEvent implements Event {
  id: ID!
  time: DateTime!
  data: WasSeenEventData!
}

type WasSeenEventData {
  number: SafeInt!
  labels: [CountEntry!]!
}
"""

LOOK = "query look($input: LookInput!) { look(input: $input) { labels { key value } } }"
PING = "mutation ping { ping { labels { key value } } }"
EVENTS = """
subscription events($after: ID) {
  events(after: $after) {
    __typename
    id
    ... on WasSeenEvent { WasSeenEvent: data { number labels { key value } } }
  }
}
"""


class LookInput(Model):
    labels: dict[str, list[Int]]
    least: Annotated[Int, Field(ge=0)] = 0


class Nothing(Model):
    pass


class Tree(Model):
    value: Int
    below: "Tree | None" = None


class LookOutput(Model):
    labels: dict[str, list[Int]]
    tree: Tree | None = None


class WasSeen(EventModel):
    EVENT: ClassVar[str] = "was_seen"

    number: Int
    labels: dict[str, list[Int]]


async def look(payload: LookInput, _call: Call, _resources: object) -> LookOutput:
    """Answer with what came, unless a test sets how to fail."""
    if "full" in payload.labels:
        raise Problem("resource_exhausted", "come back later", retry_after=2.5)
    if "lost" in payload.labels:
        return LookOutput.model_construct(labels=None)
    return LookOutput(labels=payload.labels)


async def ping(_payload: Nothing, _call: Call, _resources: object) -> LookOutput:
    """Answer."""
    return LookOutput(labels={})


OPERATIONS: list[Operation[Any, Any, Any]] = [
    Operation(name="look", input=LookInput, output=LookOutput, handler=look, safe=True),
    Operation(name="ping", input=Nothing, output=LookOutput, handler=ping, safe=False),
]


def identifier(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def log() -> EventLog:
    return EventLog(capacity=4)


@pytest.fixture
def api() -> Api:
    return Api(SCHEMA, {identifier(text): text for text in (LOOK, PING, EVENTS)}, OPERATIONS)


def context(log: EventLog, *, is_open: bool = False) -> Context:
    async def run(operation: Operation[Any, Any, Any], payload: Model) -> Model:
        call = Call(operation=operation.name, deadline=0, idempotency_key="", events=log)
        return await operation.handler(payload, call, object())

    return Context(run=run, events=log, is_open=is_open)


def known(text: str, **variables: JsonValue) -> Request:
    return Request.model_validate({"documentId": identifier(text), "variables": variables})


def own(text: str) -> Request:
    return Request.model_validate({"query": text})


def entries(**labels: list[int]) -> JsonValue:
    return {"labels": [{"key": key, "value": [*value]} for key, value in labels.items()]}


async def answered(
    api: Api, log: EventLog, request: Request, *, is_open: bool = False
) -> tuple[int, dict[str, Any]]:
    response = await api.answer(request, context(log, is_open=is_open))
    return response.status, json.loads(response.body)


async def refused(api: Api, log: EventLog, text: str) -> str:
    """Why an own document is not answered."""
    status, body = await answered(api, log, own(text), is_open=True)
    assert status == 400
    assert "data" not in body
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "invalid_argument"
    return error["message"]


async def test_a_known_document_is_answered(api: Api, log: EventLog) -> None:
    labels = entries(b=[2, 1], a=[], empty=[])
    status, body = await answered(api, log, known(LOOK, input=labels))
    assert (status, body) == (200, {"data": {"look": labels}})


async def test_an_operation_that_takes_nothing_is_a_field_without_argument(
    api: Api, log: EventLog
) -> None:
    assert await answered(api, log, known(PING)) == (200, {"data": {"ping": {"labels": []}}})


async def test_a_document_that_nobody_knows_is_not_found(api: Api, log: EventLog) -> None:
    status, body = await answered(api, log, Request.model_validate({"documentId": "sha256:0"}))
    assert (status, body["errors"][0]["extensions"]["code"]) == (404, "not_found")
    assert "data" not in body


@pytest.mark.parametrize("text", [LOOK, "{ __schema { types { name } } }"])
async def test_where_it_is_not_open_only_known_documents_are_answered(
    api: Api, log: EventLog, text: str
) -> None:
    status, body = await answered(api, log, own(text))
    assert (status, body["errors"][0]["extensions"]["code"]) == (403, "permission_denied")
    assert "data" not in body


async def test_where_it_is_open_any_valid_document_is_answered(api: Api, log: EventLog) -> None:
    request = own('{ look(input: { labels: [{ key: "a", value: [1] }] }) { labels { value } } }')
    status, body = await answered(api, log, request, is_open=True)
    assert (status, body) == (200, {"data": {"look": {"labels": [{"value": [1]}]}}})


async def test_a_problem_of_an_operation_is_an_error_with_all_of_it(
    api: Api, log: EventLog
) -> None:
    status, body = await answered(api, log, known(LOOK, input=entries(full=[])))
    assert status == 200
    assert body["data"] is None
    (error,) = body["errors"]
    assert error == {
        "message": "come back later",
        "path": ["look"],
        "extensions": {
            "type": "urn:hybridge:problem:resource_exhausted",
            "title": "Resource exhausted",
            "status": 503,
            "detail": "come back later",
            "code": "resource_exhausted",
            "retry_after": 2.5,
        },
    }


async def test_what_the_models_refuse_is_pointed_at_as_in_json(api: Api, log: EventLog) -> None:
    given: JsonValue = {"labels": [{"key": "a", "value": [2**53]}], "least": -1}
    status, body = await answered(api, log, known(LOOK, input=given))
    assert status == 200
    problem = body["errors"][0]["extensions"]
    assert problem["code"] == "invalid_argument"
    assert [error["pointer"] for error in problem["errors"]] == ["/labels/a/0", "/least"]


MISFITS: list[JsonValue] = [
    None,
    {},
    {"labels": [{"key": 1, "value": []}]},
    {"labels": [{"key": "a"}]},
    {"labels": [], "no_such_field": 1},
]


@pytest.mark.parametrize("given", MISFITS)
async def test_variables_that_do_not_fit_the_schema_are_refused(
    api: Api, log: EventLog, given: JsonValue
) -> None:
    status, body = await answered(api, log, known(LOOK, input=given))
    assert status == 400
    assert "data" not in body
    assert body["errors"][0]["extensions"]["code"] == "invalid_argument"


async def test_a_key_that_stands_twice_is_refused(api: Api, log: EventLog) -> None:
    entry: JsonValue = {"key": "a", "value": []}
    status, body = await answered(api, log, known(LOOK, input={"labels": [entry, entry]}))
    assert status == 200
    assert body["errors"][0]["message"] == "a key of a map stands twice"


async def test_an_answer_that_does_not_fit_the_schema_is_our_fault(api: Api, log: EventLog) -> None:
    status, body = await answered(api, log, known(LOOK, input=entries(lost=[])))
    assert status == 200
    assert body["errors"][0]["extensions"]["code"] == "internal"
    assert "labels" not in body["errors"][0]["message"]


async def test_what_cannot_be_parsed_or_is_not_of_the_schema_is_refused(
    api: Api, log: EventLog
) -> None:
    assert "Syntax Error" in await refused(api, log, "{")
    assert "Cannot query field" in await refused(api, log, "{ nothing }")
    assert "which operation" in await refused(api, log, f"{LOOK} {PING}")
    assert "stream" in await refused(api, log, EVENTS)


def nested(depth: int) -> str:
    """A document with fields so many levels deep."""
    below = "value"
    for _ in range(depth - 3):
        below = f"below {braced(below)}"
    return looked("tree " + braced(below))


def looked(selected: str) -> str:
    return braced("look(input: { labels: [] }) " + braced(selected))


def braced(text: str) -> str:
    return "{ " + text + " }"


async def test_depth_aliases_and_tokens_have_limits(api: Api, log: EventLog) -> None:
    assert (await answered(api, log, own(nested(MAX_DEPTH)), is_open=True))[0] == 200
    assert "deeper" in await refused(api, log, nested(MAX_DEPTH + 1))
    aliases = " ".join(f"a{number}: __typename" for number in range(MAX_ALIASES))
    assert (await answered(api, log, own(braced(aliases)), is_open=True))[0] == 200
    assert "aliases" in await refused(api, log, braced(f"{aliases} more: __typename"))
    assert "tokens" in await refused(api, log, braced("__typename " * MAX_TOKENS))


async def test_depth_is_counted_through_fragments(api: Api, log: EventLog) -> None:
    parts = [
        f"fragment f{number} on Tree " + braced("below " + braced(f"...f{number + 1}"))
        for number in range(MAX_DEPTH)
    ]
    last = f"fragment f{MAX_DEPTH} on Tree " + braced("value")
    start = looked("tree { ...f0 }")
    assert "deeper" in await refused(api, log, "\n".join([start, *parts, last]))


async def take(api: Api, log: EventLog, number: int, after: str = "") -> list[dict[str, Any]]:
    """The first events of a subscription."""
    variables: dict[str, JsonValue] = {"after": after} if after else {}
    messages = await api.subscribe(known(EVENTS, **variables), context(log))
    found: list[Message] = []
    async with asyncio.timeout(5):
        async for message in messages:
            found.append(message)
            if len(found) == number:
                break
    events = [json.loads(message.data)["data"]["events"] for message in found]
    assert [event["id"] for event in events] == [message.id for message in found]
    return events


async def test_a_subscription_reports_where_it_begins_then_what_is_there(
    api: Api, log: EventLog
) -> None:
    log.publish(WasSeen(number=1, labels={"a": [1], "": []}))
    gap, event = await take(api, log, 2)
    assert gap["__typename"] == "StreamGap"
    assert event["__typename"] == "WasSeenEvent"
    assert event["WasSeenEvent"] == {
        "number": 1,
        "labels": [{"key": "a", "value": [1]}, {"key": "", "value": []}],
    }


async def test_a_subscription_goes_on_behind_an_event(api: Api, log: EventLog) -> None:
    for number in range(3):
        log.publish(WasSeen(number=number, labels={}))
    first = (await take(api, log, 2))[1]
    second = await take(api, log, 2, after=first["id"])
    assert [event["WasSeenEvent"]["number"] for event in second] == [1, 2]


async def test_what_is_no_longer_there_is_a_gap(api: Api, log: EventLog) -> None:
    log.publish(WasSeen(number=0, labels={}))
    first = (await take(api, log, 2))[1]
    for number in range(1, 9):
        log.publish(WasSeen(number=number, labels={}))
    gap, event = await take(api, log, 2, after=first["id"])
    assert gap["__typename"] == "StreamGap"
    assert event["WasSeenEvent"]["number"] == 5


async def test_a_subscription_ends_when_the_log_is_closed(api: Api, log: EventLog) -> None:
    log.publish(WasSeen(number=1, labels={}))
    log.close()
    assert len(await take(api, log, 100)) == 2


async def test_only_subscriptions_are_streams(api: Api, log: EventLog) -> None:
    with pytest.raises(Problem, match="stream"):
        await api.subscribe(known(LOOK, input=entries()), context(log))
    with pytest.raises(Problem, match="permission_denied"):
        await api.subscribe(own(EVENTS), context(log))


def test_an_operation_that_the_schema_does_not_have_is_a_defect() -> None:
    stray = Operation(name="stray", input=Nothing, output=Nothing, handler=ping, safe=True)
    with pytest.raises(ValueError, match="stray"):
        Api(SCHEMA, {}, [stray])
