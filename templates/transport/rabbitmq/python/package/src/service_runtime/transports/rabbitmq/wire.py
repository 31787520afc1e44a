"""Messages as AMQP 0-9-1 has them."""

from typing import Final

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage, HeadersType
from service_runtime.transports import messages

CLOUD_EVENTS: Final = "cloudEvents:"
"""What stands before the attributes of an event (CloudEvents AMQP binding 1.0, 3.1.3)."""

_CONTENT_TYPE: Final = "content-type"
_ENCODING: Final = "utf-8"


def sent(message: messages.Message, *, persistent: bool = True) -> Message:
    """A message as RabbitMQ takes it: the media type and the correlation id are properties."""
    properties = {_CONTENT_TYPE, messages.CORRELATION_ID}
    headers: HeadersType = {
        name: value for name, value in message.headers.items() if name not in properties
    }
    return Message(
        message.body,
        content_type=message.headers.get(_CONTENT_TYPE, messages.JSON_TYPE),
        content_encoding=_ENCODING,
        headers=headers,
        correlation_id=message.headers.get(messages.CORRELATION_ID),
        delivery_mode=DeliveryMode.PERSISTENT if persistent else DeliveryMode.NOT_PERSISTENT,
    )


def received(delivery: AbstractIncomingMessage) -> messages.Message:
    """A message as every broker has it: strings only, without what the broker added."""
    headers = {
        name.lower(): value
        for name, value in delivery.headers.items()
        if isinstance(value, str) and not name.startswith("x-")
    }
    if delivery.content_type:
        headers[_CONTENT_TYPE] = delivery.content_type
    if delivery.correlation_id:
        headers[messages.CORRELATION_ID] = delivery.correlation_id
    return messages.Message(headers, delivery.body)


def deliveries(delivery: AbstractIncomingMessage) -> int:
    """How often it was delivered before, in vain.

    Quorum queues count it; since 4.3 without those that were handed back untouched (`basic.nack`).
    """
    count = delivery.headers.get("x-delivery-count", 0)
    return count if isinstance(count, int) else 0
