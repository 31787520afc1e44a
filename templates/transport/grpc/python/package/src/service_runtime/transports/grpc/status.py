"""Problems as gRPC reports them: a status, with the standard details (https://google.aip.dev/193)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message

# Typed, although the package does not say so.
from google.rpc import (  # pyright: ignore[reportMissingTypeStubs]
    error_details_pb2,
    status_pb2,
)
from service_runtime.calls.problem import Code, Problem
from service_runtime.transports.grpc.metadata import Context

DETAILS: Final = "grpc-status-details-bin"
"""Trailer with a `google.rpc.Status`."""

_DOMAIN: Final = "hybridge"
"""Where the reasons in `ErrorInfo` are defined: they are the codes of problems, in capitals."""

_CODES: Final[Mapping[Code, grpc.StatusCode]] = {
    "invalid_argument": grpc.StatusCode.INVALID_ARGUMENT,
    "unauthenticated": grpc.StatusCode.UNAUTHENTICATED,
    "permission_denied": grpc.StatusCode.PERMISSION_DENIED,
    "not_found": grpc.StatusCode.NOT_FOUND,
    "conflict": grpc.StatusCode.ABORTED,
    "resource_exhausted": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "unavailable": grpc.StatusCode.UNAVAILABLE,
    "deadline_exceeded": grpc.StatusCode.DEADLINE_EXCEEDED,
    "unimplemented": grpc.StatusCode.UNIMPLEMENTED,
    "internal": grpc.StatusCode.INTERNAL,
}


async def abort(context: Context, problem: Problem) -> NoReturn:
    """End a call with a problem."""
    code = _CODES[problem.code]
    details = status_of(problem).SerializeToString()
    await context.abort(code, problem.detail, ((DETAILS, details),))


def status_of(problem: Problem) -> status_pb2.Status:
    """A problem with all that it says.

    The fields of violations are JSON Pointers (RFC 6901), as over HTTP.
    """
    number: int = _CODES[problem.code].value[0]
    status = status_pb2.Status(code=number, message=problem.detail)
    status.details.append(
        _packed(
            error_details_pb2.ErrorInfo(
                reason=problem.code.upper(),
                domain=_DOMAIN,
                metadata={"trace_id": problem.trace_id} if problem.trace_id else {},
            )
        )
    )
    if problem.errors:
        bad = error_details_pb2.BadRequest()
        for error in problem.errors:
            bad.field_violations.add(field=error["pointer"], description=error["detail"])
        status.details.append(_packed(bad))
    if problem.retry_after is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromTimedelta(timedelta(seconds=problem.retry_after))
        status.details.append(_packed(retry))
    return status


def _packed(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
