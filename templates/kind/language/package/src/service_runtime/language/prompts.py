"""Prompts: text files in the folder `prompts` of a service's package."""

from pathlib import Path


class PromptError(Exception):
    """There is no such prompt; the message says which there are."""


def read_prompt(folder: Path, name: str) -> str:
    """The text of a prompt, without the white space around it.

    Args:
        folder: Where they stand.
        name: Of the file, without `.txt`.

    Raises:
        PromptError: There is no such file, or it is empty.
    """
    try:
        text = (folder / f"{name}.txt").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        names = sorted(file.stem for file in folder.glob("*.txt"))
        raise PromptError(
            f"LANGUAGE_PROMPT is {name}, and there is no prompts/{name}.txt; there are: "
            f"{', '.join(names)}"
        ) from None
    if not text:
        raise PromptError(f"prompts/{name}.txt is empty")
    return text
