"""Who asked the gateway, as it says so with every call."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

CALLER: Final = "caller"
"""The header, metadata or message header that says it; absent for an anonymous client."""

MAX_LENGTH: Final = 4096
"""Characters of it."""

_BASE64URL: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked the gateway.

    Attributes:
        subject: The same for one client each time; never empty.
        scopes: What the client may ask for.
        claims: What else the gateway passes on of it.
    """

    subject: str
    scopes: frozenset[str]
    claims: Mapping[str, JsonValue]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    sub: Annotated[str, Field(min_length=1)]
    scopes: list[str]
    claims: dict[str, JsonValue]


def read_caller(text: str | None) -> Caller | None:
    """Read the header: JSON in UTF-8 as base64url without padding (RFC 4648, 5).

    Args:
        text: The header, or None when it is absent: the client is anonymous.

    Raises:
        ValueError: It is too long, or does not say who asked.
    """
    if text is None:
        return None
    if not _BASE64URL.fullmatch(text):
        raise ValueError(f"it must be base64url of 1 to {MAX_LENGTH} characters")
    try:
        # base64 drops what comes after the first complete padding.
        document = _Document.model_validate_json(base64.urlsafe_b64decode(f"{text}=="))
    except (binascii.Error, ValidationError) as error:
        raise ValueError("it must be the JSON of a caller: sub, scopes, claims") from error
    return Caller(document.sub, frozenset(document.scopes), MappingProxyType(document.claims))
