"""Whether two OpenAPI documents say the same, to the last bound.

The contract is made from the blueprint, the application from the models: neither knows the other.
"""

from collections.abc import Iterator
from typing import Any, Final, cast

Json = dict[str, Any]

WORDS: Final = frozenset({"title", "description", "examples", "contentMediaType"})
"""Members of a schema that are for people."""

_PLACES: Final = (("requestBody", "content"), ("responses", "200", "content"))


def differences(agreed: Json, served: Json) -> list[str]:
    """Where an application does not serve what its contract says; what else it serves is its own.

    Args:
        agreed: The document of the contract.
        served: The document that the application makes of its routes.
    """
    return list(_differences(agreed, served))


def _differences(agreed: Json, served: Json) -> Iterator[str]:
    all_served = _operations(served)
    for key, theirs in _operations(agreed).items():
        ours = all_served.get(key)
        if ours is None or ours["operationId"] != theirs["operationId"]:
            yield f"{key}: not served as `{theirs['operationId']}`"
            continue
        for place in _PLACES if key.startswith("post ") else ():
            if _at(ours, place, served) != _at(theirs, place, agreed):
                yield f"{key}: another {place[0]}"


def _at(operation: Json, place: tuple[str, ...], document: Json) -> object:
    """What stands in a place, by media type."""
    found: Any = operation
    for step in place:
        found = found[step]
    return {media: _meaning(found[media]["schema"], document) for media in found}


def _operations(document: Json) -> dict[str, Json]:
    """Every operation by its method and path."""
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _meaning(value: object, document: Json, seen: tuple[str, ...] = ()) -> object:
    """A schema without its words, with every reference followed (a recursive one once)."""
    if isinstance(value, list):
        return [_meaning(item, document, seen) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    schema = {**cast("Json", value)}
    reference = schema.pop("$ref", "")
    if reference:
        name = reference.rpartition("/")[2]
        if name in seen:
            return {"recursive": name}
        target = document["components"]["schemas"][name]
        return _meaning({**target, **schema}, document, (*seen, name))
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "contentEncoding" in schema:
        # The models count bytes, the document their characters in base64.
        schema = {key: schema[key] for key in schema if not key.endswith("Length")}
    found: Json = {
        key: _meaning(schema[key], document, seen)
        for key in schema
        if key not in WORDS and key not in {"properties", "required"}
    }
    if "properties" in schema:
        found["properties"] = {
            name: _meaning(field, document, seen) for name, field in schema["properties"].items()
        }
        found["required"] = sorted(schema.get("required", []))
    return found
