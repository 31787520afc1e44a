"""What holds on every way in of who asked the gateway."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest
from service_runtime.calls.call import Caller

SENT: Final = (
    "eyJzdWIiOiJhbm4iLCJzY29wZXMiOlsid29yZHM6cmVhZCJdLCJjbGFpbXMiOnsibmFtZSI6IsK_w4RubmU_IPCfmYIi"
    "LCJ0ZWFtcyI6WyJ-YiIsImIiXSwibGV2ZWwiOnsib2YiOjMsImFkbWluIjpmYWxzZX19fQ"
)
"""A caller as a gateway sends it; its tests have the same."""

ANN: Final = Caller(
    subject="ann",
    scopes=frozenset({"words:read"}),
    claims={"name": "¿Änne? 🙂", "teams": ["~b", "b"], "level": {"of": 3, "admin": False}},
)
"""Who it is."""


def encoded(document: object) -> str:
    """A value as the header has it."""
    return urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


_WHOLE: Final[Mapping[str, object]] = {"sub": "ann", "scopes": ["a"], "claims": {}}

MALFORMED: Final[Mapping[str, str]] = {
    "empty": "",
    "one character": "e",
    "not base64": "{not base64}",
    "padded": f"{encoded(_WHOLE)}==",
    "in another alphabet": SENT.replace("_", "/"),
    "two of them": f"{SENT}, {SENT}",
    "not JSON": "bm90IEpTT04",
    "not UTF-8": "eyJzdWIiOiL_In0",
    "a list": encoded([_WHOLE]),
    "null": encoded(None),
    "nothing": encoded({}),
    "without scopes": encoded({"sub": "ann", "claims": {}}),
    "with an empty subject": encoded({**_WHOLE, "sub": ""}),
    "with a number for a subject": encoded({**_WHOLE, "sub": 7}),
    "with one scope as a text": encoded({**_WHOLE, "scopes": "a"}),
    "with a number for a scope": encoded({**_WHOLE, "scopes": [7]}),
    "with a list of claims": encoded({**_WHOLE, "claims": []}),
    "with more than a caller has": encoded({**_WHOLE, "admin": True}),
    "too long": encoded({**_WHOLE, "claims": {"note": "x" * 4096}}),
}
"""What no gateway sends, by what is wrong with it."""


class RefusedError(Exception):
    """The call was not run, for what it says of its caller."""


Ask = Callable[[Mapping[str, str]], Awaitable[Caller | None]]
"""Asks an operation with these headers; gives whom its handler saw, or raises `RefusedError`."""


class CallerSuite:
    """Inherited by the tests of each way in, which bring the fixture `ask`."""

    async def test_a_handler_knows_who_asked(self, ask: Ask) -> None:
        assert await ask({"caller": SENT}) == ANN

    async def test_an_anonymous_client_is_nobody(self, ask: Ask) -> None:
        assert await ask({}) is None

    async def test_what_cannot_be_read_is_refused_and_not_passed_over(self, ask: Ask) -> None:
        for wrong, text in MALFORMED.items():
            with pytest.raises(RefusedError):
                pytest.fail(f"{wrong}: {await ask({'caller': text})}")
