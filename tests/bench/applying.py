"""How fast `hybridge apply` is, beside reading the project's files and beside `hybridge new`.

Usage: python3 tests/bench/applying.py HYBRIDGE [--runs N]

HYBRIDGE is the binary, built with --release. Needs hyperfine. Prints a Markdown table of medians and of processor
time (user and system); all commands run in one hyperfine call. A system of five services: without a change, and with
the switch of one transport.
"""

import argparse
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("gateway:gateway", "vision:inference", "trends:analytics", "books:worker", "ledger:worker")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hybridge", type=Path)
    parser.add_argument("--runs", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = measured(arguments.hybridge.resolve(), arguments.runs, Path(folder))
    print("| command | median, ms | least, ms | processor, ms | median against |\n| --- | ---: | ---: | ---: | --- |")
    for name, against in (
        ("read", None),
        ("apply", "read"),
        ("new", None),
        ("switch", "new"),
    ):
        time = times[name]
        ratio = f"{time.median / times[against].median:.2f} x {against}" if against else ""
        print(f"| {name} | {time.median:.1f} | {time.least:.1f} | {time.processor:.1f} | {ratio} |")


@dataclass(frozen=True)
class Time:
    """What runs of a command took, in milliseconds."""

    median: float
    least: float
    processor: float
    """User and system together, mean."""


def measured(hybridge: Path, runs: int, folder: Path) -> dict[str, Time]:
    """The times of each command."""
    services = " ".join(f"--service {service}" for service in SERVICES)
    new = f"{hybridge} new shop --yes --no-lock --no-git {services} --into"
    subprocess.run(f"{new} {folder}/shop", shell=True, check=True, capture_output=True)
    copy = f"cp -r {folder}/shop"
    switch = f"{hybridge} set links.books.via grpc --into"
    # What is measured, and what is made ready before each run.
    commands = {
        "read": (f"find {folder}/shop -type f -exec cat {{}} +", "true"),
        "apply": (f"{hybridge} apply --into {folder}/shop", "true"),
        "new": (f"{new} {folder}/new", f"rm -rf {folder}/new"),
        "switch": (f"{switch} {folder}/copy", f"rm -rf {folder}/copy && {copy} {folder}/copy"),
    }
    results = folder / "results.json"
    words = ["hyperfine", "--shell=default", f"--runs={runs}", "--warmup=2", f"--export-json={results}"]
    for name, (command, before) in commands.items():
        words += ["--prepare", before, "--command-name", name, command]
    subprocess.run(words, check=True, capture_output=True)
    found = json.loads(results.read_text())["results"]
    return {
        result["command"]: Time(
            median=result["median"] * 1000,
            least=result["min"] * 1000,
            processor=(result["user"] + result["system"]) * 1000,
        )
        for result in found
    }


if __name__ == "__main__":
    main()
