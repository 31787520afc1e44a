"""Maps: an object in JSON, a list of entries in GraphQL."""

from collections.abc import Callable
from typing import Any, Final, cast

from graphql import (
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_object_type,
)

from ..problem import Problem

_Record = GraphQLObjectType | GraphQLInputObjectType
_Turn = Callable[[Any, Any], Any]


class Maps:
    """Turns values of one into the other, by the types of a schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        records = {
            name: cast("_Record", kind)
            for name, kind in schema.type_map.items()
            if is_object_type(kind) or is_input_object_type(kind)
        }
        self._entries: Final = {name for name, kind in records.items() if _is_entry(kind)}
        self._with_maps: Final = _containing(records, self._entries)

    def joined(self, value: Any, kind: Any) -> Any:
        """A value of GraphQL as JSON.

        Raises:
            Problem: `invalid_argument` when a key stands twice.
        """

        def join(entries: Any, entry: Any) -> Any:
            inner = entry.fields["value"].type
            found = {each["key"]: self.joined(each["value"], inner) for each in entries}
            if len(found) != len(entries):
                raise Problem("invalid_argument", "a key of a map stands twice")
            return found

        return self._turned(value, kind, self.joined, join)

    def parted(self, value: Any, kind: Any) -> Any:
        """A JSON value as a value of GraphQL."""

        def part(found: Any, entry: Any) -> Any:
            inner = entry.fields["value"].type
            return [
                {"key": key, "value": self.parted(each, inner)} for key, each in found.items()
            ]

        return self._turned(value, kind, self.parted, part)

    def _turned(self, value: Any, kind: Any, whole: _Turn, entries: _Turn) -> Any:
        kind = get_nullable_type(kind)
        if value is None or get_named_type(kind).name not in self._with_maps:
            return value
        if is_list_type(kind):
            inner = get_nullable_type(kind.of_type)
            if getattr(inner, "name", "") in self._entries:
                return entries(value, inner)
            return [whole(item, inner) for item in value]
        return {name: whole(field, kind.fields[name].type) for name, field in value.items()}


def _is_entry(kind: GraphQLNamedType) -> bool:
    directives = kind.ast_node.directives if kind.ast_node else None
    return any(directive.name.value == "entry" for directive in directives or ())


def _containing(records: dict[str, _Record], entries: set[str]) -> set[str]:
    """The types in which a map stands, at any depth."""
    found = set(entries)
    grows = bool(found)
    while grows:
        grows = False
        for name, kind in records.items():
            inside = {get_named_type(field.type).name for field in kind.fields.values()}
            if name not in found and inside & found:
                found.add(name)
                grows = True
    return found
