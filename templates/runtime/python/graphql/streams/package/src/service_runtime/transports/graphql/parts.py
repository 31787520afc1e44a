"""Answers in parts, as results of a subscription."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLObjectType, GraphQLResolveInfo
from pydantic import JsonValue
from service_runtime.calls.problem import Problem
from service_runtime.calls.streams import Item, StreamOperation
from service_runtime.transports.graphql.api import Api, Values
from service_runtime.transports.graphql.context import Context

Stream = Callable[[StreamOperation[Any, Any, Any, Any], Any], AsyncGenerator[Item]]
"""Runs an operation for the caller of the request, part by part; raises Problem."""

_EVENTS: Final = "events"


@dataclass(frozen=True, slots=True)
class StreamContext(Context):
    """One request, which may be for an answer in parts.

    Attributes:
        stream: Runs an operation that gives parts.
    """

    stream: Stream


def bind_streams(api: Api, operations: Iterable[StreamOperation[Any, Any, Any, Any]]) -> None:
    """Put operations that answer in parts behind the fields of a schema's subscription.

    Args:
        api: Is executed with a `StreamContext`.
        operations: Those that the schema names.

    Raises:
        ValueError: The schema does not have one of them.
    """
    for operation in operations:
        _bind(api, operation)


def field_of(operation: str) -> str:
    """The field of an operation in the subscription, where `events` is that of the events."""
    return f"{_EVENTS}_" if operation == _EVENTS else operation


def _bind(api: Api, operation: StreamOperation[Any, Any, Any, Any]) -> None:
    root, name = api.schema.subscription_type, field_of(operation.name)
    if not isinstance(root, GraphQLObjectType) or name not in root.fields:
        raise ValueError(f"the schema does not have the operation `{operation.name}`")
    field = root.fields[name]
    values = Values(operation.input, field, api.maps)

    async def subscribe(
        _root: object, info: GraphQLResolveInfo[StreamContext], **arguments: JsonValue
    ) -> AsyncGenerator[Item | Problem]:
        try:
            payload = values.taken(arguments)
            async with aclosing(info.context.stream(operation, payload)) as items:
                async for item in items:
                    yield item
        except Problem as problem:
            # It is told as an error of the field, like one of a call.
            yield problem

    def resolve(
        item: Item | Problem, _info: GraphQLResolveInfo[StreamContext], **_arguments: JsonValue
    ) -> JsonValue:
        if isinstance(item, Problem):
            raise item
        key = "output" if item.last else "part"
        return values.given({key: item.value.model_dump(mode="json")})

    field.subscribe = subscribe
    field.resolve = resolve
