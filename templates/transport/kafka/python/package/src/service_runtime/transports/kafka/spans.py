"""What a record's way through the broker looks like in a trace.

https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from service_runtime.calls.call import Incoming

_tracer = trace.get_tracer(__name__)


@contextmanager
def processing(topic: str, group: str, incoming: Incoming) -> Generator[Incoming]:
    """A consumer's span, as the parent of all that is done with the record, where they are kept."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        yield incoming
        return
    with _tracer.start_as_current_span(
        f"process {topic}",
        context=propagate.extract(incoming.trace),
        kind=SpanKind.CONSUMER,
        attributes={
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": topic,
            "messaging.consumer.group.name": group,
        },
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        if not span.is_recording():
            yield incoming
            return
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        yield replace(incoming, trace=carrier)
