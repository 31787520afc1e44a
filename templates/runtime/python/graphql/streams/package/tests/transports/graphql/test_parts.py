"""An answer in parts as results of a subscription: how they look, and who closes what."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from pydantic import JsonValue
from service_runtime.calls.call import Call
from service_runtime.calls.problem import Problem
from service_runtime.calls.streams import Item, StreamOperation
from service_runtime.calls.values import Int, Model
from service_runtime.events import EventLog
from service_runtime.transports.graphql.api import Api
from service_runtime.transports.graphql.parts import StreamContext, bind_streams
from service_runtime.transports.graphql.request import Request

SCHEMA = """
scalar SafeInt

directive @entry on INPUT_OBJECT | OBJECT

type Query {
  _service: String!
}

type Subscription {
  events(after: ID): ID!
  count(input: CountInput!): CountItem!
  events_: EventsItem!
}

input CountInput {
  counts: [SafeIntEntryInput!]!
}

input SafeIntEntryInput @entry {
  key: String!
  value: SafeInt!
}

type CountItem {
  part: CountPart
  output: CountOutput
}

type EventsItem {
  part: CountPart
  output: CountOutput
}

type CountPart {
  counted: [SafeIntEntry!]!
  note: String
}

type CountOutput {
  counted: [SafeIntEntry!]!
}

type SafeIntEntry @entry {
  key: String!
  value: SafeInt!
}
"""

COUNT = """
subscription count($input: CountInput!) {
  count(input: $input) {
    part { counted { key value } note }
    output { counted { key value } }
  }
}
"""


class CountInput(Model):
    counts: dict[str, Int]


class Nothing(Model):
    pass


class CountPart(Model):
    counted: dict[str, Int]
    note: str | None = None


class CountOutput(Model):
    counted: dict[str, Int]


async def never(
    _payload: Model, _call: Call, _resources: object
) -> AsyncGenerator[CountPart | CountOutput]:
    """Nobody runs it: the context of these tests gives the items."""
    yield CountOutput(counted={})


def operation(name: str, kind: type[Model]) -> StreamOperation[Any, Any, Any, Any]:
    return StreamOperation(
        name=name, input=kind, part=CountPart, output=CountOutput, handler=never, safe=True
    )


def item(value: CountPart | CountOutput) -> Item:
    return Item(value, value.model_dump_json().encode(), last=isinstance(value, CountOutput))


class Source:
    """Gives items, then perhaps fails; says what it was asked, and whether it was closed."""

    def __init__(self, *items: Item, fails: Problem | None = None) -> None:
        self._items = items
        self._fails = fails
        self.asked: list[Any] = []
        self.taken = 0
        self.closed = False

    async def stream(
        self, _operation: StreamOperation[Any, Any, Any, Any], payload: Model
    ) -> AsyncGenerator[Item]:
        """What the context of a request runs operations by."""
        self.asked.append(payload)
        try:
            for one in self._items:
                self.taken += 1
                yield one
            if self._fails is not None:
                raise self._fails
        finally:
            self.closed = True

    def context(self) -> StreamContext:
        async def run(*_asked: object) -> Model:
            raise AssertionError

        return StreamContext(run=run, events=EventLog(4), is_open=True, stream=self.stream)


@pytest.fixture
def api() -> Api:
    found = Api(SCHEMA, {}, [])
    bind_streams(found, [operation("count", CountInput), operation("events", Nothing)])
    return found


PART = item(CountPart(counted={"a": 1}))
END = item(CountOutput(counted={}))


async def results(api: Api, source: Source, text: str = COUNT) -> list[dict[str, Any]]:
    counts: JsonValue = [{"key": "a", "value": 1}]
    request = Request(query=text, variables={"input": {"counts": counts}})
    async with aclosing(await api.subscribe(request, source.context())) as messages:
        return [json.loads(message.data) async for message in messages]


async def test_each_item_is_a_result(api: Api) -> None:
    source = Source(PART, END)
    part = {"counted": [{"key": "a", "value": 1}], "note": None}
    assert await results(api, source) == [
        {"data": {"count": {"part": part, "output": None}}},
        {"data": {"count": {"part": None, "output": {"counted": []}}}},
    ]
    assert source.asked == [CountInput(counts={"a": 1})]
    assert source.closed


async def test_a_problem_is_an_error_behind_the_parts(api: Api) -> None:
    source = Source(PART, fails=Problem("resource_exhausted", "no more", retry_after=2.5))
    part, failed = await results(api, source)
    assert part["data"]["count"]["part"]["note"] is None
    assert failed["data"] is None
    (error,) = failed["errors"]
    assert (error["message"], error["path"]) == ("no more", ["count"])
    assert error["extensions"]["code"] == "resource_exhausted"
    assert error["extensions"]["retry_after"] == 2.5


async def test_an_input_that_is_wrong_is_never_run(api: Api) -> None:
    source = Source(PART, END)
    text = COUNT.replace("input: $input", 'input: { counts: [{ key: "a", value: 1.5 }] }')
    text = text.replace("($input: CountInput!)", "")
    (failed,) = await results(api, source, text)
    extensions = failed["errors"][0]["extensions"]
    assert extensions["code"] == "invalid_argument"
    assert extensions["errors"][0]["pointer"] == "/counts/a"
    assert source.asked == []


async def test_who_reads_no_further_closes_it_and_is_not_read_ahead_for(api: Api) -> None:
    source = Source(PART, PART, END)
    request = Request(query="subscription { events_ { part { note } } }")
    async with aclosing(await api.subscribe(request, source.context())) as messages:
        assert json.loads((await anext(messages)).data)["data"]["events_"]["part"] is not None
        assert source.taken == 1
        assert not source.closed
    assert source.closed


def test_an_operation_that_the_schema_does_not_have_is_a_defect() -> None:
    with pytest.raises(ValueError, match="stray"):
        bind_streams(Api(SCHEMA, {}, []), [operation("stray", Nothing)])
