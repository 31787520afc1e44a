"""The value types, as they come and as they go, and where an input is wrong."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from pydantic import Field, JsonValue, ValidationError
from service_runtime.calls.problem import MAX_ERRORS, invalid, pointer
from service_runtime.calls.values import (
    MAX_INT,
    OPTIONAL,
    Bool,
    Bytes,
    Float,
    Int,
    Model,
    Timestamp,
)


class Everything(Model):
    integer: Int = 0
    number: Float = 0
    truth: Bool = False
    moment: Timestamp = datetime(2026, 1, 1, tzinfo=UTC)
    data: Bytes = b""
    anything: JsonValue = None
    maybe: Annotated[Annotated[Int, Field(ge=1)] | None, OPTIONAL] = None


@pytest.mark.parametrize(
    "value",
    [
        {"integer": MAX_INT},
        {"integer": -MAX_INT},
        {"number": 1},
        {"number": -0.5},
        {"truth": True},
        {"moment": "2026-11-22T10:00:00+01:00"},
        {"data": "aGVsbG8="},
        {"anything": {"a": [None, 1.5, "x"]}},
        {"maybe": 1},
    ],
)
def test_what_fits_comes_back_the_same(value: dict[str, Any]) -> None:
    again = json.loads(Everything.model_validate(value).model_dump_json(exclude_unset=True))
    assert again == value


@pytest.mark.parametrize(
    "value",
    [
        {"integer": MAX_INT + 1},
        {"integer": "1"},
        {"integer": True},
        {"integer": 1.5},
        {"number": "1"},
        {"number": True},
        {"number": float("nan")},
        {"number": float("inf")},
        {"truth": 1},
        {"truth": "true"},
        {"moment": "2026-11-22T10:00:00"},
        {"moment": 1_700_000_000},
        {"data": "not base64!"},
        {"data": "YQ"},
        {"maybe": 0},
        {"unknown": 1},
    ],
)
def test_what_does_not_fit_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Everything.model_validate(value)


def test_an_absent_field_is_absent_and_a_null_is_null() -> None:
    assert json.loads(Everything(anything=None).model_dump_json(include={"anything", "maybe"})) == {
        "anything": None
    }


def test_bytes_are_bytes_in_python() -> None:
    assert Everything(data=b"\x00\xff").model_dump_json(include={"data"}) == '{"data":"AP8="}'


def test_the_schema_of_an_optional_field_knows_no_null() -> None:
    schema = Everything.model_json_schema()["properties"]["maybe"]
    assert schema == {"maximum": MAX_INT, "minimum": 1, "title": "Maybe", "type": "integer"}


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ((), ""),
        (("pixels", 3), "/pixels/3"),
        (("a/b", "c~d"), "/a~1b/c~0d"),
    ],
)
def test_a_place_is_a_json_pointer(location: tuple[int | str, ...], expected: str) -> None:
    assert pointer(location) == expected


def test_of_a_thousand_errors_the_first_few_are_reported() -> None:
    problem = invalid(({"loc": ("body", number), "msg": "no"} for number in range(1000)), skip=1)
    assert len(problem.errors) == MAX_ERRORS
    assert problem.errors[1] == {"pointer": "/1", "detail": "no"}
