"""What `echo` does."""

from datetime import UTC
from hashlib import sha256

from service_runtime import Call

from ..contract import EchoedEvent, EchoInput, EchoOutput
from ..resources import Resources


async def echo(payload: EchoInput, call: Call, resources: Resources) -> EchoOutput:
    """Answer the values, and what they are in Python: two mistakes could cancel each other out."""
    values = payload.values
    if payload.tell:
        call.events.publish(EchoedEvent(values=values))
    return EchoOutput(
        values=values,
        seen={
            "text": ascii(values.text),
            "whole": repr(values.whole),
            "real": repr(values.real),
            "moment": values.moment.astimezone(UTC).isoformat(),
            "id": repr(values.id),
            "data": sha256(values.data).hexdigest(),
            "anything": ascii(values.anything),
            "table": repr(values.table),
            "counts": ascii(values.counts),
            "maybe_text": repr(values.maybe_text),
            "maybe_whole": repr(values.maybe_whole),
            "maybe_flag": repr(values.maybe_flag),
            "maybe_texts": repr(values.maybe_texts),
            "maybe_counts": repr(values.maybe_counts),
            "maybe_leaf": repr(values.maybe_leaf),
        },
    )
