"""How values are sent whose type in messages is not Python's."""

import math
from datetime import datetime

import pytest
from google.protobuf.struct_pb2 import Value
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import JsonValue
from service_runtime.calls.problem import Problem
from service_runtime.transports.grpc import convert


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+00:00",
        "1969-12-31T23:59:59.999999+00:00",
        "2026-11-22T10:20:30.123456-11:45",
        "9999-12-31T23:59:59.999999+00:00",
    ],
)
def test_a_moment_arrives_as_the_same_instant(text: str) -> None:
    given = datetime.fromisoformat(text)
    message = Timestamp.FromString(convert.timestamp(given).SerializeToString())
    assert convert.moment(message) == given


def test_a_moment_that_python_has_not_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        convert.moment(Timestamp(seconds=253_402_300_800))
    assert caught.value.code == "invalid_argument"


@pytest.mark.parametrize(
    "value",
    [
        None,
        False,
        0,
        -1.5,
        2**53 - 1,
        -(2**53) + 1,
        "",
        "👩‍👩‍👧‍👦",
        [],
        {},
        [None, {"a": [None, {"b": None}], "": 1}],
    ],
)
def test_a_json_value_arrives(value: JsonValue) -> None:
    arrived = convert.json_of(Value.FromString(convert.json_value(value).SerializeToString()))
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_null_as_in_json(number: float) -> None:
    assert convert.json_of(convert.json_value(number)) is None


def test_a_number_that_stands_for_no_word_is_left_to_the_model() -> None:
    assert convert.word({1: "up"}, 1) == "up"
    assert convert.word({1: "up"}, 2) == 2
