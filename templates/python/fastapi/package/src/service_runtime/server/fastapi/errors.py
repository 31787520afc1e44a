"""Everything that is not a result leaves as problem details (RFC 9457)."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from service_runtime.calls.problem import KINDS, Code, Problem
from service_runtime.calls.validation import invalid
from service_runtime.server import http
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

_CODES: Final[Mapping[int, Code]] = {
    KINDS[code].status: code
    for code in ("invalid_argument", "unauthenticated", "permission_denied", "not_found")
}

_UNSUPPORTED_MEDIA_TYPE: Final = 415
_NOT_JSON: Final = Problem("invalid_argument", "the content type must be application/json")

_CLIENT_GONE: Final = 499
"""Seen by nobody but the log of a proxy (nginx's word for it)."""


def problem_response(problem: Problem, status: int | None = None) -> Response:
    """A problem as a response; `status` where HTTP has a more exact one than the code."""
    answer = http.answer(problem, status)
    return Response(answer.body, answer.status, answer.headers)


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(Problem)
    async def on_problem(_request: Request, problem: Problem) -> Response:
        return problem_response(problem)

    @app.exception_handler(RequestValidationError)
    async def on_invalid_input(_request: Request, error: RequestValidationError) -> Response:
        # FastAPI leaves a body as it came when its media type is not JSON.
        if isinstance(error.body, bytes) and error.body:
            return problem_response(_NOT_JSON, _UNSUPPORTED_MEDIA_TYPE)
        return problem_response(_invalid(error))

    @app.exception_handler(HTTPException)
    async def on_http_error(_request: Request, error: HTTPException) -> Response:
        # What has no code of its own (405, 413) is the caller's doing and keeps its status.
        problem = Problem(_CODES.get(error.status_code, "invalid_argument"), error.detail)
        response = problem_response(problem, error.status_code)
        response.headers.update(error.headers or {})
        return response

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
