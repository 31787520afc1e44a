"""Traces leave the process; log lines know to which one they belong, and none is lost."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from service_runtime.observability.telemetry import telemetry


class Collector:
    """Takes in traces as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()
    thread.join()


def test_spans_are_sent_before_the_process_ends(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
    with (
        telemetry("probe", "1") as provider,
        provider.get_tracer("test").start_as_current_span("work"),
    ):
        pass
    (request,) = collector.requests
    (resource_spans,) = request.resource_spans
    attributes = {item.key: item.value.string_value for item in resource_spans.resource.attributes}
    assert attributes["service.name"] == "probe"
    assert resource_spans.scope_spans[0].spans[0].name == "work"


@pytest.mark.parametrize("off", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_off_means_that_nothing_is_sent(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, off: dict[str, str]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
    for name, value in off.items():
        monkeypatch.setenv(name, value)
    with telemetry("probe", "1") as provider:
        provider.get_tracer("test").start_span("work").end()
    assert collector.requests == []


def test_without_an_exporter_there_are_trace_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    with telemetry("probe", "1") as provider:
        span = provider.get_tracer("test").start_span("work")
        assert span.get_span_context().is_valid
        assert not span.is_recording()


UNBUFFERED = "PYTHONUNBUFFERED"


def run(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A program in a process of its own, whose output Python holds back unless `variables` say otherwise."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {UNBUFFERED: ""} | variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )


def events(written: str) -> list[str]:
    return [json.loads(line)["event"] for line in written.splitlines()]


PROGRAM = """
import logging, structlog, warnings
from opentelemetry.sdk.trace import TracerProvider
from service_runtime.observability import logs

logs.configure("INFO", pretty=False)
with TracerProvider().get_tracer("test").start_as_current_span("work"):
    structlog.stdlib.get_logger("own").info("said", number=1)
    logging.getLogger("library").warning("said %s", "too")
    try:
        raise ValueError("no")
    except ValueError:
        structlog.stdlib.get_logger("own").exception("failed")
structlog.stdlib.get_logger("own").debug("too quiet")
warnings.warn("old")
"""


def test_every_line_is_json_with_its_trace() -> None:
    ended = run(PROGRAM)
    own, library, failed, warning = (json.loads(line) for line in ended.stdout.splitlines())
    assert (own["event"], own["number"], own["level"]) == ("said", 1, "info")
    assert (library["event"], library["logger"]) == ("said too", "library")
    assert own["trace_id"] == library["trace_id"] == failed["trace_id"]
    assert len(own["trace_id"]) == 32
    assert failed["exception"][0]["exc_type"] == "ValueError"
    assert "old" in warning["event"]
    assert ended.stderr == ""


def test_what_is_no_text_is_a_line_all_the_same() -> None:
    ended = run(
        "from dataclasses import dataclass, field\n"
        "import structlog\n"
        "from service_runtime.observability import logs\n"
        'logs.configure("INFO", pretty=False)\n'
        'log = structlog.stdlib.get_logger("own")\n'
        'log.info("said", half="\\ud800", raw=b"\\xff")\n'
        'log.info("said", whole="\u00e9", unknown=object, infinite=float("inf"))\n'
        "@dataclass\n"
        "class Key:\n"
        "    of: str\n"
        "    token: str = field(repr=False)\n"
        'log.info("said", key=Key("shop", "secret"))\n'
    )
    assert "secret" not in ended.stdout
    assert ended.stdout.isascii()
    broken, fine, hidden = (json.loads(line) for line in ended.stdout.splitlines())
    assert hidden["key"] == "Key(of='shop')"
    assert (broken["half"], broken["raw"]) == ("\ud800", repr(b"\xff"))
    assert (fine["whole"], fine["unknown"]) == ("\u00e9", repr(object))


SECRET = """
import structlog
from service_runtime.observability import logs

logs.configure("INFO", pretty={pretty})

def fail(token):
    raise ValueError("no")

try:
    fail("known" + "-to-few")
except ValueError:
    structlog.stdlib.get_logger("own").exception("failed")
"""


@pytest.mark.parametrize("pretty", [True, False])
def test_a_traceback_says_where_it_was_and_no_values(*, pretty: bool) -> None:
    ended = run(SECRET.format(pretty=pretty))
    assert "ValueError" in ended.stdout
    assert "fail" in ended.stdout
    assert "known-to-few" not in ended.stdout


BEGIN = """
import os, structlog, time
from service_runtime.observability import logs

logs.configure("INFO", pretty=False)
log = structlog.stdlib.get_logger("own")
"""


def lines(program: str, *, fails: bool = False) -> list[str]:
    ended = run(BEGIN + program)
    assert ("OSError" in ended.stderr) == fails
    return events(ended.stdout)


@pytest.mark.parametrize("end", ["", "raise SystemExit"])
def test_all_lines_are_there_at_the_end(end: str) -> None:
    # Python itself has no part in it.
    program = f"""
log.info("before")
try:
    with logs.in_batches():
        log.info("one")
        log.info("two")
        {end or "pass"}
    log.info("after")
finally:
    os._exit(0)
"""
    expected = ["before", "one", "two"]
    assert lines(program) == (expected if end else [*expected, "after"])


@pytest.mark.parametrize("last", ['log.error("failed")', "time.sleep(0.5)"])
def test_what_an_error_ends_or_time_passes_over_is_written(last: str) -> None:
    # As when it is killed: nothing is done at its end.
    program = f"""
with logs.in_batches():
    log.info("one")
    {last}
    os._exit(0)
"""
    assert lines(program)[0] == "one"


def test_a_line_that_cannot_be_written_is_no_failure_of_what_is_logged() -> None:
    program = """
import sys
at_first = sys.stdout.flush
sys.stdout.flush = lambda: (_ for _ in ()).throw(OSError("full"))
with logs.in_batches():
    log.info("one")
    time.sleep(0.3)
    log.error("failed")
    sys.stdout.flush = at_first
    log.info("two")
    time.sleep(0.5)
    os._exit(0)
"""
    assert lines(program, fails=True) == ["one", "failed", "two"]


@pytest.mark.parametrize("variables", [{}, {UNBUFFERED: "1"}])
def test_lines_are_handed_over_together(variables: dict[str, str]) -> None:
    # Each write to such a socket is received by itself.
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    program = """
logs.BATCH_SECONDS = 60
with logs.in_batches():
    for name in ("one", "two", "three"):
        log.info(name)
os._exit(0)
"""
    with ours:
        with theirs:
            subprocess.run(
                [sys.executable, "-c", BEGIN + program],
                env=os.environ | {UNBUFFERED: ""} | variables,
                stdout=theirs.fileno(),
                check=True,
                timeout=30,
            )
        assert events(ours.recv(65536).decode()) == ["one", "two", "three"]


@pytest.mark.parametrize("variables", [{}, {UNBUFFERED: "1"}])
def test_lines_that_wait_at_the_end_of_the_process_are_written(variables: dict[str, str]) -> None:
    # Nothing leaves `in_batches`.
    program = """
import logging
logs.BATCH_SECONDS = 60
for handler in logging.getLogger().handlers:
    handler.begin_batches()
log.info("one")
"""
    ended = run(BEGIN + program, **variables)
    assert events(ended.stdout) == ["one"]
    assert ended.stderr == ""


def test_outside_of_batches_each_line_is_written_at_once() -> None:
    assert lines('log.info("one")\nos._exit(0)') == ["one"]
