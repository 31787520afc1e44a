"""Messages of a broker, without a broker."""

import json
import time

import pytest
from service_runtime.calls.call import Call
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.calls.values import Model
from service_runtime.events import EventRecord
from service_runtime.identity import Identity
from service_runtime.transports import messages
from service_runtime.transports.messages import DecodingError, Message, Request, SignatureError
from service_runtime.transports.signatures import Signatures

TOKEN = "a-token-for-tests"
HEADERS = {"operation": "double"}
CHANNEL = "demo.probe.requests"
SIGNATURES = Signatures(TOKEN)


class Number(Model):
    value: int


class Resources:
    async def ready(self) -> None:
        """Always."""


async def double(payload: Number, _call: Call, _resources: Resources) -> Number:
    return Number(value=payload.value * 2)


OPERATIONS = {"double": Operation("double", Number, Number, double, safe=True)}


def read(body: bytes = b'{"value": 7}', **headers: str) -> Request:
    more = {name.replace("_", "-"): text for name, text in headers.items()}
    return genuine(HEADERS | more, body)


def genuine(headers: dict[str, str], body: bytes = b"{}") -> Request:
    message = Message(headers, body).signed(SIGNATURES, CHANNEL)
    return messages.read_request(CHANNEL, message, OPERATIONS, SIGNATURES)


def test_a_call_has_what_is_left_until_its_deadline() -> None:
    deadline = str(int((time.time() + 5) * 1000))
    request = read(request_deadline=deadline, idempotency_key="k", traceparent="00-trace")
    assert request.payload() == Number(value=7)
    assert request.job is None
    assert request.incoming.timeout is not None
    assert 4 < request.incoming.timeout <= 5
    assert request.incoming.idempotency_key == "k"
    assert request.incoming.trace == {"traceparent": "00-trace"}
    assert not request.expired
    assert read(request_deadline="1").expired


def test_a_job_has_its_time_when_it_runs() -> None:
    request = read(job_id="7", job_created="2026-01-01T00:00:00Z", request_timeout_ms="1500")
    assert request.job == messages.Job("7", "2026-01-01T00:00:00Z")
    assert request.incoming.timeout == 1.5
    assert request.incoming.idempotency_key == "7"
    assert request.incoming.job
    assert not request.expired


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"operation": "triple"},
        HEADERS | {"request-deadline": "soon"},
        HEADERS | {"job-id": "7", "request-timeout-ms": "-1"},
    ],
)
def test_what_is_no_request_is_recognised(headers: dict[str, str]) -> None:
    with pytest.raises(DecodingError):
        genuine(headers)


@pytest.mark.parametrize(
    "message",
    [
        Message(HEADERS, b"{}"),
        Message(HEADERS, b"{}").signed(Signatures("a guess"), CHANNEL),
        Message(HEADERS, b"{}").signed(SIGNATURES, "demo.probe.orders"),
        Message(SIGNATURES.sign(CHANNEL, HEADERS, b"{}"), b"[]"),
        Message(SIGNATURES.sign(CHANNEL, HEADERS, b"{}") | {"job-id": "7"}, b"{}"),
        Message(HEADERS | {"signature": "ü"}, b"{}"),
    ],
)
def test_who_sends_must_know_the_token(message: Message) -> None:
    with pytest.raises(SignatureError):
        messages.read_request(CHANNEL, message, OPERATIONS, SIGNATURES)


def test_a_signature_covers_nothing_that_is_added_on_the_way() -> None:
    message = Message(HEADERS, b"{}").signed(SIGNATURES, CHANNEL)
    more = {"traceparent": "00-trace", "baggage": "a=b", "dead-error": "x"}
    added = Message(message.headers | more, b"{}")
    assert messages.read_request(CHANNEL, added, OPERATIONS, SIGNATURES).job is None


def test_a_signature_of_an_old_token_holds_beside_the_new_one() -> None:
    message = Message(HEADERS, b"{}").signed(SIGNATURES, CHANNEL)
    assert messages.read_request(CHANNEL, message, OPERATIONS, Signatures("new", TOKEN))


def test_a_signature_is_the_same_in_typescript() -> None:
    headers = {"operation": "read", "cloudEvents:id": "a-1", "traceparent": "00-1"}
    body = '{"word":"hybrid ü"}'.encode()
    signed = Signatures("development-only").sign("shop.sample.requests", headers, body)
    assert signed["signature"] == "2oAGvuOH6nQzUsl1MGQw_LE9_3I7sV_Q1T6jDV1zs1Y"


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"value": "x"}', b'{"value": 7, "more": 1}'])
def test_a_wrong_payload_is_the_senders_problem(body: bytes) -> None:
    with pytest.raises(Problem, match="invalid_argument"):
        read(body).payload()


@pytest.mark.parametrize("body", [b"", b"\xff", b"not json", b'{"value": 7'])
def test_a_payload_that_is_not_json_is_recognised(body: bytes) -> None:
    with pytest.raises(DecodingError):
        read(body).payload()


def test_an_answer_is_a_result_or_a_problem() -> None:
    assert messages.answer(Number(value=7)).body == b'{"value":7}'
    problem = messages.answer(Problem("resource_exhausted", "busy", retry_after=0.5))
    assert problem.headers == {"content-type": "application/problem+json", "retry-after": "1"}
    assert json.loads(problem.body)["code"] == "resource_exhausted"


def test_the_steps_of_a_job_are_reported_with_its_outcome() -> None:
    request = read(job_id="7", job_created="2026-01-01T00:00:00Z")
    running = json.loads(messages.step(request, "running").body)
    assert running.items() >= {"id": "7", "operation": "double", "status": "running"}.items()
    assert {"result", "subject"}.isdisjoint(running)
    succeeded = messages.step(request, "succeeded", Number(value=14))
    assert json.loads(succeeded.body)["result"] == {"value": 14}
    failed = messages.step(request, "failed", Problem("not_found", "no such thing"))
    assert json.loads(failed.body)["problem"]["code"] == "not_found"
    with pytest.raises(ValueError, match="no steps"):
        messages.step(read(), "running")


def test_an_event_is_a_cloud_event() -> None:
    record = EventRecord("1-2", "counted", "2026-01-01T00:00:00Z", '{"value":7}')
    identity = Identity(system="demo", name="probe", version="1", description="")
    message = messages.event(record, identity, "ce_")
    assert message.headers == {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": "1-2",
        "ce_source": "/demo/probe",
        "ce_type": "counted",
        "ce_time": "2026-01-01T00:00:00Z",
    }
    assert message.body == b'{"value":7}'


def test_what_is_given_up_says_why() -> None:
    message = Message({"a": "b"}, b"x")
    letter = messages.dead(message, origin="here-7", tries=3, error="e" * 2000)
    assert letter.headers["a"] == "b"
    assert letter.headers["dead-origin"] == "here-7"
    assert letter.headers["dead-tries"] == "3"
    assert len(letter.headers["dead-error"]) == 1000
    assert letter.body == b"x"
