"""Logs: one JSON object a line on standard output, with the trace to which it belongs."""

import logging
import logging.config
import sys
from typing import Final

import structlog
from opentelemetry.trace import format_span_id, format_trace_id, get_current_span
from structlog.typing import EventDict, Processor, WrappedLogger

_QUIET: Final = ("uvicorn.access", "watchfiles.main")
"""Loggers that would repeat, a line a request, what the runner already says."""


def configure(level: str, *, pretty: bool) -> None:
    """Send the logs of this program and of its libraries to standard output.

    Args:
        level: The least that is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`.
        pretty: Lines to be read, coloured on a terminal, instead of JSON.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _drop_color_message,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
    ]
    structlog.configure(
        # What is not wanted costs nothing beyond this.
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
        if pretty
        else [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structlog": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *last,
                    ],
                },
            },
            "handlers": {
                "stdout": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stdout",
                    "formatter": "structlog",
                },
            },
            "root": {"level": level, "handlers": ["stdout"]},
            "loggers": {
                # Of a server that has handlers of its own already.
                "uvicorn": {"handlers": [], "propagate": True},
                **{name: {"level": "WARNING", "handlers": []} for name in _QUIET},
            },
        }
    )
    logging.captureWarnings(capture=True)


def _drop_color_message(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # uvicorn says everything twice, the second time in colour.
    event.pop("color_message", None)
    return event


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context = get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format_trace_id(context.trace_id)
        event["span_id"] = format_span_id(context.span_id)
    return event
