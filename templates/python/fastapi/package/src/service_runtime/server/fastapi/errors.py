"""Everything that is not a result leaves as problem details (RFC 9457)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from pydantic import ValidationError
from service_runtime.calls.problem import KINDS, Code, Problem, invalid
from service_runtime.server import http
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

_CODES: Final[Mapping[int, Code]] = {
    kind.status: code for code, kind in KINDS.items() if code != "resource_exhausted"
}
_SERVER_ERROR: Final = 500

_CLIENT_GONE: Final = 499
"""Seen by nobody but the log of a proxy (nginx's word for it)."""


_PROBLEM: Final[dict[str, Any]] = {
    "description": "Why the request was refused or failed (RFC 9457).",
    "content": {
        http.PROBLEM_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "code"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string", "enum": list(KINDS)},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["pointer", "detail"],
                            "properties": {
                                "pointer": {"type": "string", "format": "json-pointer"},
                                "detail": {"type": "string"},
                            },
                        },
                    },
                    "trace_id": {"type": "string"},
                },
            }
        }
    },
}

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {"4XX": _PROBLEM, "5XX": _PROBLEM}
"""`responses` of every operation."""


class HttpProblem(Problem):
    """A problem that knows better than its code what HTTP says of it.

    Attributes:
        http_status: The status of the response.
        http_headers: Added to those of the response.
    """

    http_status: int = _SERVER_ERROR
    http_headers: Mapping[str, str] = MappingProxyType({})

    @property
    def status(self) -> int:
        """That of the response."""
        return self.http_status


def not_json() -> HTTPException:
    """What a body of another media type is refused with."""
    return HTTPException(415, "the content type must be application/json")


def invalid_body(error: ValidationError) -> RequestValidationError:
    """What FastAPI raises of a body that does not fit."""
    return RequestValidationError(_located("body", error))


def invalid_answer(error: ValidationError, answer: object) -> ResponseValidationError:
    """What FastAPI raises of an answer that does not fit."""
    return ResponseValidationError(_located("response", error), body=answer)


def _located(part: str, error: ValidationError) -> list[Any]:
    return [{**one, "loc": (part, *one["loc"])} for one in error.errors(include_url=False)]


def problem_of(error: HTTPException) -> Problem:
    """What an exception of HTTP is to callers; it keeps its status (405, 413, 418)."""
    fallback: Code = "internal" if error.status_code >= _SERVER_ERROR else "invalid_argument"
    problem = HttpProblem(_CODES.get(error.status_code, fallback), error.detail)
    problem.http_status = error.status_code
    problem.http_headers = error.headers or {}
    return problem


def problem_response(problem: Problem) -> Response:
    """A problem as a response."""
    answer = http.answer(problem, problem.status)
    response = Response(answer.body, answer.status, answer.headers)
    if isinstance(problem, HttpProblem):
        response.headers.update(problem.http_headers)
    return response


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(Problem)
    async def on_problem(_request: Request, problem: Problem) -> Response:
        return problem_response(problem)

    @app.exception_handler(RequestValidationError)
    async def on_invalid_input(_request: Request, error: RequestValidationError) -> Response:
        # FastAPI leaves a body as it came when its media type is not JSON.
        is_body = any(one["loc"][:1] == ("body",) for one in error.errors())
        if is_body and isinstance(error.body, bytes) and error.body:
            return problem_response(problem_of(not_json()))
        return problem_response(_invalid(error))

    @app.exception_handler(HTTPException)
    async def on_http_error(_request: Request, error: HTTPException) -> Response:
        return problem_response(problem_of(error))

    @app.exception_handler(ClientDisconnect)
    async def on_client_gone(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=_CLIENT_GONE)

    @app.exception_handler(Exception)
    async def on_unexpected(_request: Request, _error: Exception) -> Response:
        # Starlette raises the error again, so that the server logs it.
        return problem_response(Problem("internal", "the service failed; its log has the cause"))


def _invalid(error: RequestValidationError) -> Problem:
    errors: list[dict[str, Any]] = list(error.errors())
    if errors and errors[0]["type"] == "json_invalid":
        # Its location is an offset in the text, not a place in the input.
        return Problem("invalid_argument", f"the body is not JSON: {errors[0]['ctx']['error']}")
    return invalid(errors, skip=len(("body",)))
