"""Who asked the gateway, in the headers of messages."""

import json

import pytest
from service_runtime.transports import messages
from service_runtime.transports.messages import DecodingError, Message, SignatureError

from tests.callers import ANN, MALFORMED, SENT, encoded
from tests.transports.test_messages import CHANNEL, HEADERS, OPERATIONS, SIGNATURES, genuine, read


def signed_for(caller: str) -> dict[str, str]:
    return SIGNATURES.sign(CHANNEL, HEADERS | {"caller": caller}, b"{}")


def test_a_request_says_who_asked() -> None:
    for headers in (HEADERS, HEADERS | {"job-id": "7"}):
        assert genuine(headers | {"caller": SENT}).incoming.caller == ANN
        assert genuine(headers).incoming.caller is None
        for text in MALFORMED.values():
            with pytest.raises(DecodingError, match="the header `caller` cannot be read"):
                genuine(headers | {"caller": text})


@pytest.mark.parametrize(
    "message",
    [
        Message(SIGNATURES.sign(CHANNEL, HEADERS, b"{}") | {"caller": SENT}, b"{}"),
        Message(signed_for(SENT) | {"caller": encoded({"sub": "bob"})}, b"{}"),
        Message({n: text for n, text in signed_for(SENT).items() if n != "caller"}, b"{}"),
    ],
)
def test_nobody_on_the_way_says_who_asked(message: Message) -> None:
    with pytest.raises(SignatureError):
        messages.read_request(CHANNEL, message, OPERATIONS, SIGNATURES)


def test_the_steps_of_a_job_say_whose_it_is() -> None:
    owned = read(job_id="7", caller=SENT)
    assert json.loads(messages.step(owned, "running").body)["subject"] == "ann"
