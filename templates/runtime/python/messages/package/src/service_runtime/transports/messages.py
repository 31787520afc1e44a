"""Calls, answers, events and jobs as a broker's messages: for every broker.

Headers are strings with lower-case names; bodies are JSON in UTF-8. Nothing here depends on a
broker; a transport's part is to move messages.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from opentelemetry import propagate
from pydantic import ValidationError
from service_runtime.calls.call import CALLER, Caller, Incoming, read_caller
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem, ProblemDocument, invalid
from service_runtime.calls.values import Model
from service_runtime.events import EventRecord
from service_runtime.identity import Identity
from service_runtime.server import http
from service_runtime.transports.signatures import Signatures

JSON_TYPE: Final = "application/json"
"""Media type of every body that is no problem."""

Status = Literal["running", "succeeded", "failed"]

Headers = Mapping[str, str]


CORRELATION_ID: Final = "correlation-id"
"""Leads an answer to its call; a property of its own in AMQP."""


class DecodingError(Exception):
    """A message that nobody can make sense of: trying again would not help."""

    @property
    def answer(self) -> Problem | None:
        """What its sender is told, who waits; None is nothing."""
        return Problem("invalid_argument", f"the request cannot be read: {self}")


class SignatureError(DecodingError):
    """A message of somebody who does not know the token: it is not answered either."""

    @property
    def answer(self) -> Problem | None:
        """Nothing: who may not ask need not know that somebody listens."""
        return None


@dataclass(frozen=True, slots=True)
class Job:
    """What makes a request a job.

    Attributes:
        id: Under which its steps are reported.
        created: When it was accepted, RFC 3339.
    """

    id: str
    created: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a message.

    Attributes:
        operation: What is asked.
        body: The payload, as JSON.
        incoming: What goes along with it.
        job: What makes it a job, or None for a call, whose sender waits for an answer.
    """

    operation: Operation[Any, Any, Any]
    body: bytes
    incoming: Incoming
    job: Job | None

    @property
    def expired(self) -> bool:
        """Nobody waits any more: it need not run."""
        return self.job is None and self.incoming.timeout == 0

    def payload(self) -> Model:
        """The payload, as the contract has it.

        Raises:
            DecodingError: It is not JSON.
            Problem: `invalid_argument`: it is not what the contract says.
        """
        try:
            return self.operation.input.model_validate_json(self.body)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            if errors[0]["type"] == "json_invalid":
                raise DecodingError(errors[0]["msg"]) from error
            raise invalid(errors) from error


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent or was received."""

    headers: dict[str, str]
    body: bytes

    def signed(self, signatures: Signatures, channel: str) -> "Message":
        """The same, for a queue or topic."""
        return Message(signatures.sign(channel, self.headers, self.body), self.body)


def read_request(
    channel: str,
    message: Message,
    operations: Mapping[str, Operation[Any, Any, Any]],
    signatures: Signatures,
) -> Request:
    """Read a request.

    Args:
        channel: The queue or topic that it came from.
        message: As it came; its body is looked at by `Request.payload`.
        operations: What the service does, by name.
        signatures: Know who may send.

    Raises:
        SignatureError: Nobody has signed it who may send.
        DecodingError: Its headers are not those of a request, or name no operation.
    """
    headers, body = message.headers, message.body
    if not signatures.verify(channel, headers, body):
        raise SignatureError("the signature is missing or was not made with SERVICE_TOKEN")
    name = headers.get("operation")
    if name is None:
        raise DecodingError("there is no header `operation`")
    operation = operations.get(name)
    if operation is None:
        raise DecodingError(f"there is no operation `{name}`")
    job_id = headers.get("job-id")
    if job_id is None:
        return Request(operation, body, _call(headers), None)
    job = Job(job_id, headers.get("job-created") or now())
    timeout = _milliseconds(headers, "request-timeout-ms")
    incoming = Incoming(
        timeout,
        idempotency_key=job_id,
        caller=_caller(headers),
        trace=_trace(headers),
        job=True,
    )
    return Request(operation, body, incoming, job)


def _call(headers: Headers) -> Incoming:
    deadline = _milliseconds(headers, "request-deadline")
    return Incoming(
        timeout=None if deadline is None else max(0.0, deadline - time.time()),
        idempotency_key=headers.get("idempotency-key", ""),
        caller=_caller(headers),
        trace=_trace(headers),
    )


def _caller(headers: Headers) -> Caller | None:
    try:
        return read_caller(headers.get(CALLER))
    except ValueError as error:
        raise DecodingError(f"the header `{CALLER}` cannot be read: {error}") from error


def _trace(headers: Headers) -> dict[str, str]:
    fields = propagate.get_global_textmap().fields
    return {name: headers[name] for name in fields if name in headers}


def _milliseconds(headers: Headers, name: str) -> float | None:
    """Seconds, from a header that has milliseconds."""
    text = headers.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise DecodingError(f"the header `{name}` is not a number of milliseconds")
    return int(text) / 1000


def answer(outcome: Model | Problem) -> Message:
    """The answer to a call."""
    if isinstance(outcome, Problem):
        response = http.answer(outcome)
        headers = {"content-type": http.PROBLEM_TYPE}
        if "retry-after" in response.headers:
            headers["retry-after"] = response.headers["retry-after"]
        return Message(headers, response.body)
    return Message({"content-type": JSON_TYPE}, outcome.model_dump_json().encode())


def step(request: Request, status: Status, outcome: Model | Problem | None = None) -> Message:
    """A step of a job, for who follows it.

    Args:
        request: The job.
        status: Where it is now.
        outcome: Its result when it succeeded, its problem when it failed.
    """
    if request.job is None:
        raise ValueError("a call has no steps")
    change: dict[str, Any] = {
        "id": request.job.id,
        "operation": request.operation.name,
        "status": status,
        "created": request.job.created,
        "time": now(),
    }
    if request.incoming.caller is not None:
        # Whoever learns of the job by this step learns whose it is.
        change["subject"] = request.incoming.caller.subject
    if isinstance(outcome, Problem):
        change["problem"] = _public(outcome)
    body = json.dumps(change)
    if isinstance(outcome, Model):
        # As it is, without reading it again.
        body = f'{body[:-1]}, "result": {outcome.model_dump_json()}}}'
    return Message({"content-type": JSON_TYPE}, body.encode())


def _public(problem: Problem) -> ProblemDocument:
    """A problem as the client of a job may see it: a refused gateway is not the client's matter."""
    if problem.code in {"unauthenticated", "permission_denied"}:
        return Problem("internal", "the gateway is not allowed to ask").document()
    return problem.document()


def event(record: EventRecord, identity: Identity, prefix: str) -> Message:
    """An event, as a CloudEvent in binary mode (CloudEvents 1.0, 3.1).

    Args:
        record: From the event log.
        identity: Who publishes it.
        prefix: What the protocol's binding puts before the name of an attribute.
    """
    attributes = {
        "specversion": "1.0",
        "id": record.id,
        "source": f"/{identity.system}/{identity.name}",
        "type": record.name,
        "time": record.time,
    }
    headers = {f"{prefix}{name}": value for name, value in attributes.items()}
    return Message({"content-type": JSON_TYPE, **headers}, record.data.encode())


def dead(message: Message, *, origin: str, tries: int, error: str) -> Message:
    """A message that is given up, with why; its signature still holds where it was sent to.

    Args:
        message: As it came.
        origin: Where it came from, with its place there.
        tries: How often it was tried.
        error: What was wrong in the end.
    """
    why = {"dead-origin": origin, "dead-tries": str(tries), "dead-error": error[:1000]}
    return Message(message.headers | why, message.body)


def now() -> str:
    """This moment, RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
