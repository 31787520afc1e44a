"""Signatures of messages: HMAC-SHA-256 (RFC 2104) over channel, headers and body.

Brokers keep messages for days, and so the token itself does not travel. The gateway has the same
in `transports/messages/signatures.ts`.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
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
        self._keys: Final = [hmac.digest(token.encode(), _LABEL, "sha256") for token in tokens]

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


def _digest(key: bytes, channel: str, headers: Mapping[str, str], body: bytes) -> str:
    texts = {name.lower(): text for name, text in headers.items()}
    parts = [channel.encode()]
    for name in sorted(texts):
        if not _UNSIGNED.fullmatch(name):
            parts += (name.encode(), texts[name].encode())
    parts.append(body)
    # With its length before it no part can pass for the end of another.
    signed = b"".join([b"%d:%b" % (len(part), part) for part in parts])
    return urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=").decode()
