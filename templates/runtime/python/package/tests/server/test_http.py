"""The rules of HTTP, without a server."""

import json

import pytest
from service_runtime.calls.call import Incoming
from service_runtime.calls.problem import (
    KINDS,
    Code,
    Problem,
    unimplemented,
)
from service_runtime.server import http


def test_a_request_without_headers_says_nothing() -> None:
    assert http.incoming({}) == Incoming()


def test_the_headers_are_read() -> None:
    incoming = http.incoming(
        {
            "request-timeout-ms": "1500",
            "idempotency-key": '"8e03978e-40d5"',
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "x-user": "somebody",
        }
    )
    assert incoming.timeout == 1.5
    assert incoming.idempotency_key == "8e03978e-40d5"
    assert list(incoming.trace) == ["traceparent"]


@pytest.mark.parametrize("text", ["", "1.5", "-1", "1e3", "\u0661", "9" * 10])
def test_a_timeout_is_a_number_of_milliseconds(text: str) -> None:
    with pytest.raises(Problem, match="Request-Timeout-Ms"):
        http.incoming({"request-timeout-ms": text})


@pytest.mark.parametrize("key", ["", '""', "a b", "k" * 201, "schlüssel"])
def test_a_key_is_visible_and_short(key: str) -> None:
    with pytest.raises(Problem, match="Idempotency-Key"):
        http.incoming({"idempotency-key": key})


def test_the_token_lets_in() -> None:
    http.authenticate("Bearer s3cret", "s3cret")
    http.authenticate("bearer s3cret", "s3cret")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer s3cre", "Basic s3cret", "Bearer ü"])
def test_anything_else_does_not(header: str | None) -> None:
    with pytest.raises(Problem, match=r"^unauthenticated: "):
        http.authenticate(header, "s3cret")


@pytest.mark.parametrize("code", list(KINDS))
def test_a_problem_is_a_document(code: Code) -> None:
    answer = http.answer(Problem(code, "because"))
    document = json.loads(answer.body)
    assert document == {
        "type": f"urn:hybridge:problem:{code}",
        "title": KINDS[code].title,
        "status": answer.status,
        "detail": "because",
        "code": code,
    }
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("seconds", "header"), [(0, "1"), (0.2, "1"), (1.0, "1"), (2.1, "3")])
def test_retry_after_is_whole_seconds_and_never_early(seconds: float, header: str) -> None:
    problem = Problem("resource_exhausted", "full", retry_after=seconds)
    assert http.answer(problem).headers["retry-after"] == header


def test_a_stub_names_the_file_to_edit() -> None:
    problem = unimplemented("services/a/src/a/handlers/b.py", "b")
    assert problem.status == 501
    assert "services/a/src/a/handlers/b.py" in problem.detail
