"""Traces by OpenTelemetry, configured by its own environment variables and nothing else.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

_PROTOCOL: Final = "http/protobuf"

_logger = structlog.stdlib.get_logger(__name__)


@contextmanager
def telemetry(name: str, version: str) -> Generator[trace.TracerProvider]:
    """Record spans while the service runs; on leaving, send those that are left.

    Nothing is exported unless `OTEL_TRACES_EXPORTER` (`otlp`, `console`) or an OTLP endpoint is
    set. There are trace ids all the same: logs and problems bear them.

    Args:
        name: `service.name`, unless `OTEL_SERVICE_NAME` says otherwise.
        version: `service.version`.
    """
    exporter = _exporter(os.environ)
    if exporter is None:
        unrecorded = _Unrecorded()
        trace.set_tracer_provider(unrecorded)
        yield unrecorded
        return
    resource = Resource.create({"service.name": name, "service.version": version})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield provider
    finally:
        provider.shutdown()


class _Unrecorded(trace.TracerProvider, trace.Tracer):
    """Gives ids to traces and forgets them: what the SDK does for a record would be for nothing."""

    def __init__(self) -> None:
        self._ids: Final = RandomIdGenerator()

    def get_tracer(self, *_names: object, **_options: object) -> trace.Tracer:
        return self

    def start_span(
        self,
        name: str,  # noqa: ARG002
        context: Context | None = None,
        *_options: object,
        **_further: object,
    ) -> trace.Span:
        # The ids of the parent join what is said of both.
        ids = trace.get_current_span(context).get_span_context()
        if not ids.is_valid:
            new = (self._ids.generate_trace_id(), self._ids.generate_span_id())
            ids = trace.SpanContext(*new, is_remote=False)
        return trace.NonRecordingSpan(ids)

    # The type of a tracer's own is private.
    @contextmanager
    def start_as_current_span(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, name: str, context: Context | None = None, *_options: object, **_further: object
    ) -> Generator[trace.Span]:
        # Anew with each call where it decorates a function.
        with trace.use_span(self.start_span(name, context)) as span:
            yield span


def _exporter(environment: Mapping[str, str]) -> SpanExporter | None:
    endpoint = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environment.get(
        "OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    name = environment.get("OTEL_TRACES_EXPORTER") or ("otlp" if endpoint else "none")
    # As the SDK obeys it, which is not asked where nothing is exported.
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or name == "none":
        return None
    if name == "console":
        return ConsoleSpanExporter()
    if name != "otlp":
        _logger.warning("unknown exporter: traces go by OTLP", OTEL_TRACES_EXPORTER=name)
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", _PROTOCOL
    )
    if protocol != _PROTOCOL:
        _logger.warning("OTLP goes by HTTP here", OTEL_EXPORTER_OTLP_PROTOCOL=protocol)
    return OTLPSpanExporter()
