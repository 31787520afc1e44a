"""Where an input is wrong."""

import pytest
from service_runtime.calls.validation import (
    MAX_ERRORS,
    invalid,
    pointer,
)


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


def test_a_thousand_errors_are_told_by_the_first_few() -> None:
    problem = invalid(({"loc": ("body", number), "msg": "no"} for number in range(1000)), skip=1)
    assert len(problem.errors) == MAX_ERRORS
    assert problem.errors[1] == {"pointer": "/1", "detail": "no"}
