"""Prompts are files."""

from pathlib import Path

import pytest
from service_runtime.language.prompts import PromptError, read_prompt


def test_a_prompt_is_the_text_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "brief.txt").write_text("Be brief: ü.\nBe plain.\n", encoding="utf-8")
    assert read_prompt(tmp_path, "brief") == "Be brief: ü.\nBe plain."


def test_one_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "brief.txt").write_text("Be brief.")
    (tmp_path / "long.txt").write_text("Be long.")
    with pytest.raises(PromptError, match=r"prompts/none\.txt; there are: brief, long"):
        read_prompt(tmp_path, "none")


def test_an_empty_one_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(PromptError, match="empty"):
        read_prompt(tmp_path, "empty")
