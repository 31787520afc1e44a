"""What a client is sent.

https://graphql.github.io/graphql-over-http/draft/
"""

from dataclasses import dataclass
from typing import Any, Final

import structlog
from graphql import ExecutionResult, GraphQLError
from pydantic_core import to_json
from service_runtime.calls.problem import Problem

MEDIA_TYPE: Final = "application/graphql-response+json"

_logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Response:
    """A well-formed GraphQL response and its HTTP status."""

    status: int
    body: bytes


def refusal(problem: Problem) -> Response:
    """The response to what is not executed at all."""
    return Response(problem.status, to_json({"errors": [_error(problem)]}))


def response(result: ExecutionResult) -> Response:
    """The response to what was executed.

    What went wrong in an operation is part of its result, and the status is 200; where nothing
    was executed, because the variables do not fit, it is that of the problem.
    """
    body = result_body(result)
    errors = result.errors or []
    if result.data is None and errors and all(error.path is None for error in errors):
        del body["data"]
        return Response(problem_of(errors[0]).status, to_json(body))
    return Response(200, to_json(body))


def result_body(result: ExecutionResult) -> dict[str, Any]:
    """An execution result as JSON."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_located(error) for error in result.errors]
    return body


def problem_of(error: GraphQLError) -> Problem:
    """What an error of GraphQL is for callers."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, Problem):
        return cause
    if error.path is None:
        return Problem("invalid_argument", error.message)
    # The answer does not fit the schema, or something broke on the way.
    _logger.error("an answer could not be given", path=error.path, exc_info=error)
    return Problem("internal", "the service failed; its log has the cause")


def _located(error: GraphQLError) -> dict[str, Any]:
    formatted = _error(problem_of(error))
    if error.path is not None:
        formatted["path"] = error.path
    return formatted


def _error(problem: Problem) -> dict[str, Any]:
    """A problem as an error of GraphQL: its document, and after how long to try again."""
    extensions: dict[str, Any] = {**problem.document()}
    if problem.retry_after is not None:
        extensions["retry_after"] = problem.retry_after
    return {"message": problem.detail, "extensions": extensions}
