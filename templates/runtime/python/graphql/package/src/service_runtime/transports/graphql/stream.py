"""Events of the service, as results of a subscription."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import ExecutionResult, GraphQLObjectType, GraphQLSchema
from pydantic import JsonValue
from pydantic_core import to_json
from service_runtime.events import GAP, EventLog
from service_runtime.transports.graphql.maps import Maps
from service_runtime.transports.graphql.responses import result_body

BEGINNING: Final = "beginning"
"""An id that no log gives: what follows is a gap, and then all that is there."""


@dataclass(frozen=True, slots=True)
class Message:
    """One result.

    Attributes:
        id: The event's, where the document asks for it.
        data: The result, as JSON in UTF-8.
    """

    id: str
    data: bytes

    def event(self) -> bytes:
        """As a server-sent event called `next`."""
        number = b"id: %b\n" % self.id.encode() if self.id else b""
        return b"%bevent: next\ndata: %b\n\n" % (number, self.data)


async def message(result: ExecutionResult) -> Message:
    """A result on its way out."""
    event: dict[str, Any] = (result.data or {}).get("events") or {}
    return Message(str(event.get("id", "")), to_json(result_body(result)))


def event_type(name: str) -> str:
    """What an event of the contract is called in the schema: `order_sent` -> `OrderSentEvent`."""
    if name == GAP:
        return "StreamGap"
    return "".join(word.capitalize() for word in name.split("_")) + "Event"


async def follow(
    schema: GraphQLSchema, maps: Maps, log: EventLog, after: str
) -> AsyncGenerator[dict[str, JsonValue]]:
    """Events as the schema has them, until the log is closed.

    Args:
        schema: Of the service.
        maps: Of the same schema.
        log: Of the same service.
        after: The id behind which to begin; `""` is the oldest event, with a gap before it.
    """
    async for record in log.after(after or BEGINNING):
        kind = cast("GraphQLObjectType", schema.type_map[event_type(record.name)])
        event: dict[str, JsonValue] = {
            "__typename": kind.name,
            "id": record.id,
            "time": record.time,
        }
        data = kind.fields["data"].ast_node if "data" in kind.fields else None
        if data is not None:
            event["data"] = maps.split(json.loads(record.data), data.type)
        yield event
