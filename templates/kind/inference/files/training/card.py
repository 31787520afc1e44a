"""Keeps the measured figures of the model card true. The rest of the card is written by hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

BEGIN: Final = "<!-- measured: begin -->"
END: Final = "<!-- measured: end -->"


def update(path: Path, figures: Mapping[str, float]) -> None:
    """Write the figures between the two marks of the card.

    Raises:
        ValueError: The card does not have both marks, in this order.
    """
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} needs a line `{BEGIN}` and after it a line `{END}`")
    rows = "".join(f"| {name} | {figure:.3g} |\n" for name, figure in figures.items())
    table = f"\n\n| figure | value |\n| --- | --- |\n{rows}\n"
    path.write_text(f"{before}{BEGIN}{table}{END}{after}", encoding="utf-8")
