"""Who asked, as a gateway says it."""

import dataclasses

import pytest
from service_runtime.calls.call import read_caller

from tests.callers import ANN, MALFORMED, SENT, encoded


def test_a_caller_is_the_same_in_typescript() -> None:
    assert read_caller(SENT) == ANN
    assert read_caller(None) is None


def test_the_largest_one_is_read() -> None:
    size = 4096 * 3 // 4 - len('{"sub": "ann", "scopes": [], "claims": {"note": ""}}')
    text = encoded({"sub": "ann", "scopes": [], "claims": {"note": "x" * size}})
    assert len(text) == 4096
    assert read_caller(text) is not None


@pytest.mark.parametrize("wrong", MALFORMED)
def test_what_no_gateway_sends_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="it must be"):
        read_caller(MALFORMED[wrong])


def test_a_caller_cannot_be_changed() -> None:
    caller = read_caller(SENT)
    assert caller is not None
    with pytest.raises(dataclasses.FrozenInstanceError):
        caller.subject = "root"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError):
        caller.claims["admin"] = True  # pyright: ignore[reportIndexIssue]
