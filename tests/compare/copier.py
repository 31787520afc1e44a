# /// script
# requires-python = ">=3.11"
# dependencies = ["copier==9.19.1"]
# ///
"""The same edits and the same change of the system, kept current by copier and by hybridge.

Usage: uv run tests/compare/copier.py HYBRIDGE

HYBRIDGE is the binary. For copier, what `hybridge new` writes before and after the change are two versions of a
template. In each case a person edits the project and commits, then `copier update` or `hybridge` makes the change,
and the same checks look at the result. Writes `tests/compare/copier.json`; a test of the repository compares the
table in `docs/compared.md` with it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PAGE = """hybridge: 1
name: shop
services:
  edge: { kind: gateway }
  books:
    kind: worker
    operations:
      find: { safe: true, input: { title: string }, output: { found: [string] } }
links:
  - { from: edge, to: books, via: rest }
"""
SWITCH = ("set", "links.books.via", "rabbitmq")
RENAME = ("rename", "books", "library", "--allow-breaking")
PACKAGE = "packages/gateway-runtime/package.json"
PYPROJECT = "services/books/pyproject.toml"
HANDLER = "services/books/src/books/handlers/find.py"
LEFT_OUT = (".hybridge", ".github", "tests", "test", "testing", "tools")
"""Folders that no case looks at, as sources of packages: copier takes its time for each file."""
RESULTS = Path(__file__).with_suffix(".json")

ENVIRONMENT = os.environ | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
} | {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass(frozen=True)
class Done:
    """A project after the change: where it is, and how the command ended."""

    at: Path
    code: int

    def has(self, path: str, *texts: str) -> bool:
        """Whether a file is there, with these texts in it."""
        file = self.at / path
        return file.is_file() and all(text in file.read_bytes().decode() for text in texts)

    def parses(self, path: str) -> bool:
        """Whether a file of JSON or TOML is one."""
        text = (self.at / path).read_text()
        try:
            tomllib.loads(text) if path.endswith(".toml") else json.loads(text)
        except ValueError:
            return False
        return True


@dataclass(frozen=True)
class Case:
    """What a person did, what they expect, and the change that is made to the system meanwhile."""

    name: str
    edit: Callable[[Path], None]
    checks: dict[str, Callable[[Done], bool]]
    change: tuple[str, ...] = SWITCH
    commits: bool = True


def replaced(path: str, old: str, new: str) -> Callable[[Path], None]:
    """An edit of one text of a file."""

    def edit(at: Path) -> None:
        text = (at / path).read_bytes().decode()
        assert old in text, f"{old!r} is not in {path}"
        (at / path).write_bytes(text.replace(old, new, 1).encode())

    return edit


def moved(source: str, target: str) -> Callable[[Path], None]:
    """A file that the person has elsewhere."""

    def edit(at: Path) -> None:
        (at / target).parent.mkdir(parents=True, exist_ok=True)
        (at / source).rename(at / target)

    return edit


def crlf(at: Path) -> None:
    """A checkout with the ends of lines of Windows, and a line of the person's."""
    for path in at.rglob("*"):
        inside = path.relative_to(at).as_posix()
        if path.is_file() and not inside.startswith((".git/", ".hybridge/")) and b"\0" not in path.read_bytes():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    replaced("README.md", "## Run it", "Mine.\r\n\r\n## Run it")(at)


def is_crlf(done: Done) -> bool:
    text = (done.at / "README.md").read_bytes()
    return b"\n" not in text.replace(b"\r\n", b"")


CASES = [
    Case(
        "a dependency added to `package.json` next to one that comes",
        replaced(PACKAGE, '    "undici"', '    "qs": "^6.15.0",\n    "undici"'),
        {
            "the file is broken": lambda it: it.parses(PACKAGE),
            "the dependency is lost": lambda it: it.has(PACKAGE, '"qs": "^6.15.0"'),
        },
    ),
    Case(
        "a dependency added to `pyproject.toml` next to one that changes",
        replaced(PYPROJECT, '    "shop-service', '    "pyyaml>=6,<7", # mine\n    "shop-service'),
        {
            "the file is broken": lambda it: it.parses(PYPROJECT),
            "the dependency is lost": lambda it: it.has(PYPROJECT, '"pyyaml>=6,<7", # mine'),
            "the change is missing": lambda it: it.has(PYPROJECT, "rabbitmq"),
        },
    ),
    Case(
        "a version that the person raised",
        replaced(PYPROJECT, '"pydantic>=', '"pydantic>=2.999,<3", # was >='),
        {
            "the file is broken": lambda it: it.parses(PYPROJECT),
            "it is lowered": lambda it: it.has(PYPROJECT, '"pydantic>=2.999,<3"'),
        },
    ),
    Case(
        "a service added to `compose.yaml` where one comes",
        replaced("compose.yaml", "\nservices:\n", "\nservices:\n  mailhog: # mine\n    image: mailhog/mailhog:v1.0.1\n\n"),
        {
            "marks of a conflict": lambda it: not it.has("compose.yaml", "<<<<<<<"),
            "the service is lost": lambda it: it.has("compose.yaml", "  mailhog: # mine\n"),
            "the broker is missing": lambda it: it.has("compose.yaml", "rabbitmq"),
        },
    ),
    Case(
        "`package.json` indented anew",
        lambda at: (at / PACKAGE).write_text(json.dumps(json.loads((at / PACKAGE).read_text()), indent=4) + "\n"),
        {
            "the file is broken": lambda it: it.parses(PACKAGE),
            "the indentation is lost": lambda it: it.has(PACKAGE, '\n    "name"'),
            "the change is missing": lambda it: it.has(PACKAGE, '"rabbitmq-client"'),
        },
    ),
    Case(
        "the same line changed by both",
        replaced("services/edge/src/wiring.ts", "rest", "rest /* mine */"),
        {
            "the command ends with 0": lambda it: it.code != 0,
            "the person's line is lost": lambda it: it.has("services/edge/src/wiring.ts", "/* mine */"),
        },
    ),
    Case(
        "a file moved by the person, which changes",
        moved("compose.yaml", "deploy/local.yaml"),
        {
            "it gets no updates": lambda it: it.has("deploy/local.yaml", "rabbitmq"),
            "it comes back where it was": lambda it: not it.has("compose.yaml"),
        },
    ),
    Case(
        "a file deleted by the person, which changes",
        lambda at: (at / "compose.yaml").unlink(),
        {"it comes back": lambda it: not it.has("compose.yaml")},
    ),
    Case(
        "a file edited by the person, which the system has elsewhere now",
        replaced(HANDLER, "    raise", "    # mine\n    raise"),
        {
            "the edit is lost": lambda it: any(
                "# mine" in path.read_text() for path in it.at.glob("services/*/src/*/handlers/find.py")
            ),
            "it is not at the new place": lambda it: it.has(HANDLER.replace("books", "library"), "# mine"),
        },
        change=RENAME,
    ),
    Case(
        "a checkout with CRLF, and a line added",
        crlf,
        {
            "the line is lost": lambda it: it.has("README.md", "Mine."),
            "marks of a conflict": lambda it: not it.has("README.md", "<<<<<<<"),
            "ends of lines are mixed": is_crlf,
        },
    ),
    Case(
        "a project that is in no repository of git",
        lambda at: shutil.rmtree(at / ".git"),
        {
            "the command refuses": lambda it: it.code == 0,
            "the change is missing": lambda it: it.has(PYPROJECT, "rabbitmq"),
        },
        commits=False,
    ),
]


def run(*words: str | Path, at: Path) -> int:
    """Runs a command without a terminal; its exit code."""
    done = subprocess.run(
        [str(word) for word in words], cwd=at, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True
    )
    return done.returncode


def commit(at: Path) -> None:
    for words in (("init", "-q"), ("add", "-A", "-f"), ("commit", "-q", "--allow-empty", "-m", "as it is")):
        assert run("git", *words, at=at) == 0, words


def template(hybridge: Path, change: tuple[str, ...], at: Path) -> Path:
    """A template of copier: the system before the change is its version 1.0.0, after it 2.0.0."""
    at.mkdir()
    (at / "page.yaml").write_text(PAGE)
    project, folder = at / "made", at / "template"
    assert run(hybridge, "new", "--from", "page.yaml", "--into", project, "--no-lock", "--no-git", at=at) == 0
    for number in ("1.0.0", "2.0.0"):
        if number == "2.0.0":
            assert run(hybridge, *change, "--into", project, at=at) == 0
            shutil.rmtree(folder / "files")
        shutil.copytree(project, folder / "files", ignore=left_out)
        (folder / "copier.yaml").write_text("_subdirectory: files\n_templates_suffix: .jinja\n")
        answers = folder / "files" / "{{ _copier_conf.answers_file }}.jinja"
        answers.write_text("{{ _copier_answers|to_nice_yaml -}}\n")
        commit(folder)
        assert run("git", "tag", number, at=folder) == 0
    return folder


def left_out(folder: str, names: list[str]) -> list[str]:
    is_package = "packages" in Path(folder).parts
    return [name for name in names if name in LEFT_OUT or (is_package and name == "src")]


def with_copier(source: Path, case: Case, at: Path) -> Done:
    copier = Path(sys.executable).with_name("copier")
    project = at / "shop"
    assert run(copier, "copy", "--quiet", "--defaults", "--vcs-ref", "1.0.0", source, project, at=at) == 0
    edited(case, project)
    return Done(project, run(copier, "update", "--quiet", "--defaults", "--vcs-ref", "2.0.0", at=project))


def with_hybridge(hybridge: Path, case: Case, at: Path) -> Done:
    project = at / "shop"
    (at / "page.yaml").write_text(PAGE)
    assert run(hybridge, "new", "--from", "page.yaml", "--into", project, "--no-lock", "--no-git", at=at) == 0
    edited(case, project)
    return Done(project, run(hybridge, *case.change, at=project))


def edited(case: Case, project: Path) -> None:
    commit(project)
    case.edit(project)
    if case.commits:
        commit(project)


def outcome(case: Case, done: Done) -> list[str]:
    """What went wrong, in words."""
    return [words for words, holds in case.checks.items() if not holds(done)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hybridge", type=Path)
    hybridge = parser.parse_args().hybridge.resolve()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        changes = {case.change for case in CASES}
        templates = {change: template(hybridge, change, Path(folder) / change[0]) for change in changes}
        for number, case in enumerate(CASES):
            at = Path(folder) / str(number)
            for tool in ("copier", "hybridge"):
                (at / tool).mkdir(parents=True)
            row = {
                "case": case.name,
                "copier": outcome(case, with_copier(templates[case.change], case, at / "copier")),
                "hybridge": outcome(case, with_hybridge(hybridge, case, at / "hybridge")),
            }
            print(json.dumps(row), flush=True)
            rows.append(row)
    results = {"copier": version("copier"), "rows": rows}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
