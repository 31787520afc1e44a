"""How large messages may be."""

from typing import Final

from service_runtime.calls.problem import Problem
from service_runtime.transports.messages import Message

MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
"""Largest body that a broker takes by default since 4.0, and that the gateway reads.

RabbitMQ closes the channel of who sends more.
"""


def check_request(message: Message, max_bytes: int) -> None:
    """Refuse what is too large to be looked at.

    Raises:
        Problem: `invalid_argument`.
    """
    if len(message.body) > max_bytes:
        raise Problem("invalid_argument", f"the body is larger than {max_bytes} bytes")


def fits(message: Message) -> bool:
    """Whether it can be sent."""
    return len(message.body) <= MAX_MESSAGE_BYTES
