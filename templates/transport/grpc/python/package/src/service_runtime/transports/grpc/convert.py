"""Values whose type in messages is not Python's."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Final, TypeVar

from google.protobuf.struct_pb2 import ListValue, NullValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import JsonValue
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import MAX_INT

NumberT = TypeVar("NumberT", bound=int)

_NULL: Final = Value(null_value=NullValue.NULL_VALUE)


def timestamp(moment: datetime) -> Timestamp:
    """The instant of a moment. Its offset is not sent."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def moment(message: Timestamp) -> datetime:
    """The instant in UTC, to the microsecond.

    Raises:
        Problem: `invalid_argument` when it is not one of the years 1 to 9999.
    """
    try:
        return message.ToDatetime(tzinfo=UTC)
    except (OverflowError, ValueError):
        raise Problem("invalid_argument", "a timestamp is not of the years 1 to 9999") from None


def word(words: Mapping[NumberT, str], number: NumberT) -> str | int:
    """The word of an enum; a number that stands for none remains one, for the model to refuse."""
    return words.get(number, number)


def json_value(value: JsonValue) -> Value:
    """A JSON value as a message. What is not finite becomes null, as in JSON."""
    match value:
        case None:
            return _NULL
        case bool():
            return Value(bool_value=value)
        case int() | float():
            number = float(value)
            return Value(number_value=number) if isfinite(number) else _NULL
        case str():
            return Value(string_value=value)
        case list():
            return Value(list_value=ListValue(values=[json_value(item) for item in value]))
        case dict():
            fields = {key: json_value(item) for key, item in value.items()}
            return Value(struct_value=Struct(fields=fields))


def json_of(message: Value) -> JsonValue:
    """A message as the JSON value that it stands for.

    A number without a fraction is an `int`, as JSON from JavaScript has it.
    """
    match message.WhichOneof("kind"):
        case "bool_value":
            return message.bool_value
        case "number_value":
            number = message.number_value
            return int(number) if number.is_integer() and abs(number) <= MAX_INT else number
        case "string_value":
            return message.string_value
        case "list_value":
            return [json_of(item) for item in message.list_value.values]
        case "struct_value":
            return {key: json_of(item) for key, item in message.struct_value.fields.items()}
        case _:
            return None
