"""Errors as every transport sends them: problem details (RFC 9457) with a stable `code`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NotRequired, TypedDict

MAX_ERRORS: Final = 20
"""Errors in an answer: an input of a thousand wrong numbers needs no thousand lines."""

Code = Literal[
    "invalid_argument",
    "unauthenticated",
    "permission_denied",
    "not_found",
    "conflict",
    "resource_exhausted",
    "unavailable",
    "deadline_exceeded",
    "unimplemented",
    "internal",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is the same for every problem of one code.

    Attributes:
        status: The HTTP status, on whatever transport (RFC 9457, 3.1.2).
        title: A summary that does not change from occurrence to occurrence.
    """

    status: int
    title: str


KINDS: Final[Mapping[Code, Kind]] = {
    "invalid_argument": Kind(400, "Invalid argument"),
    "unauthenticated": Kind(401, "Unauthenticated"),
    "permission_denied": Kind(403, "Permission denied"),
    "not_found": Kind(404, "Not found"),
    "conflict": Kind(409, "Conflict"),
    "resource_exhausted": Kind(503, "Resource exhausted"),
    "unavailable": Kind(503, "Unavailable"),
    "deadline_exceeded": Kind(504, "Deadline exceeded"),
    "unimplemented": Kind(501, "Not implemented"),
    "internal": Kind(500, "Internal error"),
}


class FieldError(TypedDict):
    """One thing that is wrong with an input.

    Attributes:
        pointer: Where, as a JSON Pointer (RFC 6901): `/pixels/3`; `""` is the whole input.
        detail: What is wrong there.
    """

    pointer: str
    detail: str


class ProblemDocument(TypedDict):
    """A problem as JSON."""

    type: str
    title: str
    status: int
    detail: str
    code: Code
    errors: NotRequired[list[FieldError]]
    trace_id: NotRequired[str]


class Problem(Exception):  # noqa: N818 (the word of RFC 9457)
    """An answer that is not a result. Handlers raise it; every transport knows how to send it.

    The detail is for the caller: it says what happened and what to do about it, and holds nothing
    that the caller may not see.

    Attributes:
        code: What kind of problem it is; callers may branch on it.
        detail: This occurrence, in a sentence.
        errors: The parts of the input at fault, for `invalid_argument`.
        retry_after: Seconds after which a further try makes sense, or None when not known.
        trace_id: The trace in which it happened (32 hexadecimal digits); set by the runner.
    """

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.code: Final = code
        self.detail: Final = detail
        self.errors: Final = tuple(errors)
        self.retry_after: Final = retry_after
        self.trace_id = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"

    @property
    def status(self) -> int:
        """The HTTP status that belongs to the code."""
        return KINDS[self.code].status

    def document(self) -> ProblemDocument:
        """The problem as JSON."""
        kind = KINDS[self.code]
        document: ProblemDocument = {
            "type": f"urn:hybridge:problem:{self.code}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            document["errors"] = list(self.errors)
        if self.trace_id:
            document["trace_id"] = self.trace_id
        return document


def unimplemented(file: str, operation: str) -> Problem:
    """What a handler that is still to be written raises.

    Args:
        file: Where to write it, from the root of the project.
        operation: What was asked for.
    """
    return Problem("unimplemented", f"`{operation}` is still to be written: edit {file}")


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
