"""Maps: an object in JSON, a list of entries in GraphQL."""

from collections.abc import Callable, Mapping
from typing import Final, cast

from graphql import (
    DocumentNode,
    InputObjectTypeDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
)
from pydantic import JsonValue
from service_runtime.calls.problem import Problem

Record = dict[str, JsonValue]
Fields = Mapping[str, TypeNode]

_Turn = Callable[[JsonValue, TypeNode], JsonValue]

_ENTRY: Final = "entry"
"""The directive that marks the type of a map's entries."""


class Maps:
    """Turns values of one into the other, by the types of a schema."""

    def __init__(self, schema: DocumentNode) -> None:
        records = [
            node
            for node in schema.definitions
            if isinstance(node, ObjectTypeDefinitionNode | InputObjectTypeDefinitionNode)
        ]
        self._fields: Final[Mapping[str, Fields]] = {
            node.name.value: {field.name.value: field.type for field in node.fields or ()}
            for node in records
        }
        self._entries: Final = {
            node.name.value
            for node in records
            if any(directive.name.value == _ENTRY for directive in node.directives or ())
        }
        self._with_maps: Final = _containing(self._fields, self._entries)

    def joined(self, value: JsonValue, kind: TypeNode) -> JsonValue:
        """A value of GraphQL as JSON.

        Raises:
            Problem: `invalid_argument` when a key stands twice.
        """

        def join(value: JsonValue, inner: TypeNode) -> JsonValue:
            entries = cast("list[Record]", value)
            found = {str(each["key"]): self.joined(each["value"], inner) for each in entries}
            if len(found) != len(entries):
                raise Problem("invalid_argument", "a key of a map stands twice")
            return found

        return self._turned(value, kind, self.joined, join)

    def split(self, value: JsonValue, kind: TypeNode) -> JsonValue:
        """A JSON value as a value of GraphQL."""

        def part(value: JsonValue, inner: TypeNode) -> JsonValue:
            found = cast("Record", value)
            return [{"key": key, "value": self.split(each, inner)} for key, each in found.items()]

        return self._turned(value, kind, self.split, part)

    def _turned(self, value: JsonValue, kind: TypeNode, turn: _Turn, turn_map: _Turn) -> JsonValue:
        if value is None or named(kind) not in self._with_maps:
            return value
        kind = _nullable(kind)
        if isinstance(kind, ListTypeNode):
            item = _nullable(kind.type)
            if isinstance(item, NamedTypeNode) and item.name.value in self._entries:
                return turn_map(value, self._fields[item.name.value]["value"])
            return [turn(each, item) for each in cast("list[JsonValue]", value)]
        fields = self._fields[named(kind)]
        return {name: turn(field, fields[name]) for name, field in cast("Record", value).items()}


def named(kind: TypeNode) -> str:
    """The name of a type, without the lists around it."""
    while isinstance(kind, ListTypeNode | NonNullTypeNode):
        kind = kind.type
    return cast("NamedTypeNode", kind).name.value


def _nullable(kind: TypeNode) -> TypeNode:
    return kind.type if isinstance(kind, NonNullTypeNode) else kind


def _containing(records: Mapping[str, Fields], entries: set[str]) -> set[str]:
    """The types in which a map stands, at any depth."""
    found = set(entries)
    while True:
        further = {
            name
            for name, fields in records.items()
            if name not in found and any(named(kind) in found for kind in fields.values())
        }
        if not further:
            return found
        found |= further
