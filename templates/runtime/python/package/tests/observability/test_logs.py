"""Lines some at a time: none is lost, and an error waits for nothing."""

import json
import subprocess
import sys

import pytest

BEGIN = """
import os, structlog, time
from service_runtime.observability import logs

logs.configure("INFO", pretty=False)
log = structlog.stdlib.get_logger("own")
"""


def lines(program: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", BEGIN + program],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert ended.stderr == ""
    return [json.loads(line)["event"] for line in ended.stdout.splitlines()]


@pytest.mark.parametrize("end", ["", "raise SystemExit"])
def test_all_lines_are_there_at_the_end(end: str) -> None:
    program = f"""
log.info("before")
with logs.in_batches():
    log.info("one")
    log.info("two")
    {end or "pass"}
log.info("after")
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


def test_outside_of_batches_each_line_is_written_at_once() -> None:
    assert lines('log.info("one")\nos._exit(0)') == ["one"]
