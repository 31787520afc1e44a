# /// script
# requires-python = ">=3.11"
# dependencies = ["copier==9.19.1"]
# ///
"""How fast `hybridge new` writes, beside `cp -r` of the same tree and copier on an equal one.

Usage: uv run tests/bench/writing.py HYBRIDGE [--runs N]

HYBRIDGE is the binary, built with --release. Needs hyperfine. Prints a Markdown table; the commands of one
table run in one hyperfine call. What a run wrote is moved away before the next: ext4 is slow to give out inodes
that were freed seconds ago, which would be measured instead.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "bench-system"
"""Everything that holds this name becomes a template for copier; the rest it copies."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hybridge", type=Path)
    parser.add_argument("--runs", type=int, default=20)
    arguments = parser.parse_args()
    hybridge = arguments.hybridge.resolve()
    with tempfile.TemporaryDirectory() as folder:
        beside_others(hybridge, arguments.runs, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        with_packs(hybridge, arguments.runs, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        by_size(hybridge, arguments.runs, Path(folder))


def beside_others(hybridge: Path, runs: int, folder: Path) -> None:
    """The default system, written by each of the three."""
    new = f"{hybridge} new {NAME} --yes --no-lock --no-git --into"
    subprocess.run(f"{new} {folder}/original", shell=True, check=True, capture_output=True)
    copier_template(folder / "original", folder / "template")
    copier = Path(sys.executable).with_name("copier")
    commands = {
        "cp -r": f"cp -r {folder}/original {folder}/out",
        "hybridge new": f"{new} {folder}/out",
        "copier copy": f"{copier} copy --quiet --defaults {folder}/template {folder}/out",
    }
    means = hyperfine(commands, runs, moved_away(folder))
    files = sum(1 for path in (folder / "original").rglob("*") if path.is_file())
    print(f"\nOne system of {files} files, milliseconds\n")
    print("| command | mean | deviation | against `cp -r` |\n| --- | ---: | ---: | ---: |")
    for name, (mean, deviation) in means.items():
        print(f"| {name} | {mean:.1f} | {deviation:.1f} | {mean / means['cp -r'][0]:.2f} x |")
    print(f"\ncopier / hybridge: {means['copier copy'][0] / means['hybridge new'][0]:.0f} x")


def with_packs(hybridge: Path, runs: int, folder: Path) -> None:
    """The default system with three packs on top of each other, each of which replaces the same 200 files."""
    templates = Path(__file__).parents[2] / "templates"
    modules = ("base/files", "port/node/files", "port/python/files", "kind/analytics/files", "python/fastapi/files")
    replaced = [path for module in modules for path in sorted((templates / module).rglob("*")) if path.is_file()][:200]
    flags = ""
    for name in ("one", "two", "three"):
        for path in replaced:
            copy = folder / name / "templates" / path.relative_to(templates)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        (folder / name / "pack.yaml").write_text(f'name: {name}\nversion: 1.0.0\nhybridge: "*"\n')
        flags += f" --pack {folder / name}"
    new = f"{hybridge} new {NAME} --yes --no-lock --no-git --into {folder}/out"
    means = hyperfine({"no pack": new, "three packs": new + flags}, runs, moved_away(folder))
    print(f"\nThree packs of {len(replaced)} files each, milliseconds\n")
    print("| packs | mean | deviation |\n| --- | ---: | ---: |")
    for name, (mean, deviation) in means.items():
        print(f"| {name} | {mean:.1f} | {deviation:.1f} |")
    print(f"\nthree packs / none: {means['three packs'][0] / means['no pack'][0]:.2f} x")


def by_size(hybridge: Path, runs: int, folder: Path) -> None:
    """Blueprints of 1, 10, 100 and 1000 services."""
    print("\nSystems of many services, milliseconds\n")
    print("| services | files | mean | for each service |\n| ---: | ---: | ---: | ---: |")
    for count in (1, 10, 100, 1000):
        blueprint = folder / f"{count}.yaml"
        services = "".join(f"  s{number}: {{ kind: worker }}\n" for number in range(count))
        blueprint.write_text(f"hybridge: 1\nname: many\nservices:\n{services}")
        command = f"{hybridge} new --from {blueprint} --no-lock --no-git --into {folder}/out"
        few = max(3, runs // (1 if count < 100 else count // 25))
        mean, _ = hyperfine({"new": command}, few, moved_away(folder))["new"]
        files = sum(1 for path in (folder / "out").rglob("*") if path.is_file())
        shutil.rmtree(folder / "trash", ignore_errors=True)
        print(f"| {count} | {files} | {mean:.1f} | {mean / count:.2f} |")


def moved_away(folder: Path) -> str:
    """A shell command after which `out` is free."""
    return f"mkdir -p {folder}/trash && if [ -e {folder}/out ]; then mv {folder}/out {folder}/trash/$(date +%s%N); fi"


def copier_template(tree: Path, template: Path) -> None:
    """A copier template whose output is `tree`."""
    content = template / "content"
    shutil.copytree(tree, content)
    for path in [path for path in content.rglob("*") if path.is_file()]:
        # Packs of the base are no text.
        data = path.read_bytes()
        if NAME.encode() in data:
            parts = [b"{%% raw %%}%b{%% endraw %%}" % part for part in data.split(NAME.encode())]
            path.with_name(f"{path.name}.jinja").write_bytes(b"{{ name }}".join(parts))
            path.unlink()
    (template / "copier.yml").write_text(f"_subdirectory: content\nname:\n  type: str\n  default: {NAME}\n")


def hyperfine(commands: dict[str, str], runs: int, prepare: str) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of each command in milliseconds."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        arguments = ["hyperfine", "--style", "none", "--warmup", "2", "--runs", str(runs), "--prepare", prepare]
        arguments += ["--export-json", report.name]
        for name, command in commands.items():
            arguments += ["--command-name", name, command]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
        results = json.loads(Path(report.name).read_text())["results"]
    return {result["command"]: (result["mean"] * 1000, result["stddev"] * 1000) for result in results}


if __name__ == "__main__":
    main()
