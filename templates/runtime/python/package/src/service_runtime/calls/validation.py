"""What is wrong with an input, as a problem."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from service_runtime.calls.problem import FieldError, Problem

MAX_ERRORS: Final = 20
"""Errors in an answer: an input of a thousand wrong numbers needs no thousand lines."""


def pointer(location: Sequence[int | str]) -> str:
    """A place in an input as a JSON Pointer (RFC 6901, 3): `("pixels", 3)` -> `/pixels/3`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


def invalid(errors: Iterable[Mapping[str, Any]], skip: int = 0) -> Problem:
    """The problem that pydantic's errors make.

    Args:
        errors: As `ValidationError.errors()` gives them.
        skip: How many leading steps of each location are not the input's (`body`).
    """
    found: list[FieldError] = [
        {"pointer": pointer(error["loc"][skip:]), "detail": str(error["msg"])} for error in errors
    ]
    return Problem(
        "invalid_argument",
        "the input does not fit the contract",
        errors=found[:MAX_ERRORS],
    )
