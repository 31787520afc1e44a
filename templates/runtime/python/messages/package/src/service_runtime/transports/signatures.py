"""Signatures of messages: HMAC-SHA-256 (RFC 2104) over channel, headers and body.

Brokers keep messages for days, and so the token itself does not travel. The gateway has the same
in `transports/messages/signatures.ts`.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from prometheus_client import Counter

SIGNATURE: Final = "signature"

_LABEL: Final = b"signed messages 1"
"""What keys are derived with: they are of no use where the token itself is asked for."""

_UNSIGNED: Final = re.compile("signature|traceparent|tracestate|baggage|dead-.*")
"""Headers that others on the way may add or change; nothing that is done depends on them."""

_REFUSED: Final = Counter(
    "service_messages_refused", "Messages whose signature is missing or wrong.", ["channel"]
)


class Signatures:
    """Signs with the first token, and accepts what was signed with any."""

    def __init__(self, *tokens: str) -> None:
        """Derive the keys."""
        keys = (hmac.digest(token.encode(), _LABEL, "sha256") for token in tokens)
        # Copied for each message: to begin with a key takes as long as the rest.
        self._keys: Final = [hmac.new(key, digestmod="sha256") for key in keys]

    def sign(self, channel: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """The headers with a signature.

        Args:
            channel: The queue or topic that the message is for.
            headers: Of the message, with lower-case names.
            body: Of the message.
        """
        return {**headers, SIGNATURE: _digest(self._keys[0], channel, headers, body)}

    def verify(self, channel: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether somebody signed it who has one of the tokens; if not, that is counted."""
        given = headers.get(SIGNATURE, "").encode()
        for key in self._keys:
            if hmac.compare_digest(given, _digest(key, channel, headers, body).encode()):
                return True
        _REFUSED.labels(channel).inc()
        return False


def _digest(key: hmac.HMAC, channel: str, headers: Mapping[str, str], body: bytes) -> str:
    texts = {name.lower(): text for name, text in headers.items()}
    signed = [_measured(channel.encode())]
    for name in sorted(texts):
        if prefix := _prefix(name):
            signed += (prefix, _measured(texts[name].encode()))
    signed.append(_measured(body))
    digest = key.copy()
    digest.update(b"".join(signed))
    return urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


def _measured(part: bytes) -> bytes:
    # With its length before it no part can pass for the end of another.
    return b"%d:%b" % (len(part), part)


@lru_cache(1024)
def _prefix(name: str) -> bytes:
    """The name of a header as it is signed; nothing where it is not."""
    return b"" if _UNSIGNED.fullmatch(name) else _measured(name.encode())
