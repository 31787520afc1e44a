"""What the models of a contract are made of, as pydantic checks it and as JSON.

The checks are those of the contract's JSON Schema: a string is not a number, a number is not a
truth value, a moment has its offset.
"""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    WithJsonSchema,
)

MAX_INT: Final = 2**53 - 1
"""Largest integer that Python and JavaScript hold alike (RFC 7493, 2.2)."""

Int = Annotated[int, Field(strict=True, ge=-MAX_INT, le=MAX_INT)]
"""An integer that every party holds exactly."""

Float = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite 64-bit float."""

Bool = StrictBool
"""`true` or `false`, and nothing that merely resembles it."""


def _only_text(value: object) -> object:
    if isinstance(value, str | datetime):
        return value
    raise ValueError("must be a string: RFC 3339 with an offset")


Timestamp = Annotated[
    AwareDatetime,
    BeforeValidator(_only_text),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment with its offset; RFC 3339 in JSON."""


def _decoded(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("must be base64 (RFC 4648, 4)") from error


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


Bytes = Annotated[
    bytes,
    BeforeValidator(_decoded),
    PlainSerializer(_encoded, when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
"""Bytes in Python, base64 (RFC 4648) in JSON."""


def _is_absent(value: object) -> bool:
    return value is None


def _never_null(schema: dict[str, Any]) -> None:
    schema.pop("default", None)
    variants = [variant for variant in schema.pop("anyOf", []) if variant != {"type": "null"}]
    if len(variants) == 1:
        schema.update(variants[0])
    elif variants:
        schema["anyOf"] = variants


OPTIONAL: Final = Field(exclude_if=_is_absent, json_schema_extra=_never_null)
"""Marks a field that may be missing: None in Python, absent in JSON."""


class Model(BaseModel):
    """A record of the contract: what the contract does not name is refused."""

    # A record of the contract may be called as pytest's classes are: `TestResult`.
    __test__: ClassVar[bool] = False

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        protected_namespaces=(),
        use_attribute_docstrings=True,
    )


class EventModel(Model):
    """An event of the contract.

    Attributes:
        EVENT: The event's name in the contract.
    """

    EVENT: ClassVar[str]
