"""Logs: one JSON object a line on standard output, with the trace to which it belongs."""

import io
import json
import logging
import logging.config
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Final, TextIO

import structlog
from opentelemetry.trace import format_span_id, format_trace_id, get_current_span
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

_QUIET: Final = ("uvicorn.access", "watchfiles.main")
"""Loggers that would repeat, a line a request, what the runner already says."""


BATCH_SECONDS: Final = 0.1
"""How long a line may wait for others."""


class Lines(logging.StreamHandler[TextIO]):
    """Writes lines at once, or some at a time: see `in_batches`."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._batches: threading.Thread | None = None
        self._waiting: Final = threading.Event()
        self._ended: Final = threading.Event()
        self._is_urgent = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record as a line."""
        self._is_urgent = record.levelno >= logging.ERROR
        super().emit(record)

    def flush(self) -> None:
        """Hand over what was written, now or with what else comes."""
        batches = self._batches
        # In a process that was forked, nobody else does it.
        if self._is_urgent or batches is None or not batches.is_alive():
            super().flush()
        elif not self._waiting.is_set():
            self._waiting.set()

    def begin_batches(self) -> None:
        """From now on, lines wait for others."""
        # Under `PYTHONUNBUFFERED`, standard output itself would hand over each.
        if isinstance(getattr(self.stream, "buffer", None), io.RawIOBase):
            own = io.BufferedWriter(io.FileIO(self.stream.fileno(), "w", closefd=False))
            self.setStream(
                io.TextIOWrapper(own, encoding=self.stream.encoding, errors=self.stream.errors)
            )
        self._ended.clear()
        self._batches = threading.Thread(target=self._write_batches, name="logs", daemon=True)
        self._batches.start()

    def end_batches(self) -> None:
        """From now on, lines are handed over at once; so are those that wait."""
        batches, self._batches = self._batches, None
        self._ended.set()
        self._waiting.set()
        if batches is not None:
            batches.join()
        super().flush()

    def close(self) -> None:
        """Hand over what waits: at the end of the process, nobody else does it."""
        # Who closes holds the lock that the thread of the batches may wait for: it is not joined.
        self._batches = None
        self._ended.set()
        self._waiting.set()
        super().flush()
        super().close()

    def _write_batches(self) -> None:
        while not self._ended.is_set():
            self._waiting.wait()
            self._ended.wait(BATCH_SECONDS)
            self._waiting.clear()
            # What cannot be written now is tried again with the next line.
            with suppress(OSError):
                super().flush()


@contextmanager
def in_batches() -> Generator[None]:
    """Write lines some at a time, behind the answers, and all of them on leaving.

    To hand over each by itself takes longer than to make it. An error waits for nothing; what is
    lost when the process is killed is the last 0.1 s. Lines for people are written at once.
    """
    handlers = [one for one in logging.getLogger().handlers if isinstance(one, Lines)]
    for handler in handlers:
        handler.begin_batches()
    try:
        yield
    finally:
        for handler in handlers:
            handler.end_batches()


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
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
    ]
    foreign: list[Processor] = [structlog.stdlib.ExtraAdder(), _drop_color_message]
    # Without the values of local variables, which may be secret, and large.
    trace = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    lines = structlog.processors.JSONRenderer(_json)
    last: list[Processor] = [console] if pretty else [trace, lines]
    structlog.configure(
        processors=[*shared, *last],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=_Logger,
        cache_logger_on_first_use=True,
    )
    # No line says it, and to find it out takes longer than to write one.
    # https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structlog": {
                    "()": _Formatter,
                    "foreign_pre_chain": [*foreign, *shared],
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *last,
                    ],
                },
            },
            "handlers": {
                "stdout": {
                    "()": logging.StreamHandler if pretty else Lines,
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


_LEVELS: Final = {
    **{name.lower(): level for name, level in logging.getLevelNamesMapping().items()},
    "exception": logging.ERROR,
}


class _Line(logging.LogRecord):
    """What structlog logs: a line that needs no formatting."""

    def __init__(self, name: str, level: int, line: str) -> None:
        super().__init__(name, level, "", 0, line, (), None)


class _Logger(structlog.stdlib.BoundLogger):
    """Hands lines to the handlers of the standard library, without looking for who calls."""

    def _proxy_to_logger(
        self, method_name: str, event: str | None = None, *event_args: str, **event_kw: object
    ) -> None:
        logger: logging.Logger = self._logger
        level = _LEVELS[method_name]
        # What is not wanted costs nothing beyond this.
        if not logger.isEnabledFor(level):
            return
        if event_args:
            event_kw["positional_args"] = event_args
        try:
            (line,), _ = self._process_event(method_name, event, event_kw)
        except structlog.DropEvent:
            return
        logger.handle(_Line(logger.name, level, line))


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Formats what came by the standard library."""

    def format(self, record: logging.LogRecord) -> str:
        return record.msg if isinstance(record, _Line) else super().format(record)


@cache
def _encoder(default: Callable[[object], object]) -> Callable[[object], str]:
    return json.JSONEncoder(default=default).encode


def _json(event: object, *, default: Callable[[object], object]) -> str:
    # What `json.dumps` gives, which makes an encoder anew for each line. Not pydantic's, which
    # writes what a dataclass or a model leaves out of its `repr`.
    return _encoder(default)(event)


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
