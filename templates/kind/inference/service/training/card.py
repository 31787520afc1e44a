"""Keeps the measured figures of the model card true. The rest of the card is written by hand."""

from collections.abc import Mapping, Sequence
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
    rows = [(name, f"{figure:.3g}") for name, figure in figures.items()]
    table = _table([("Figure", "Value"), *rows])
    path.write_text(f"{before}{BEGIN}\n\n{table}\n{END}{after}", encoding="utf-8")


def _table(rows: Sequence[tuple[str, str]]) -> str:
    """A Markdown table with aligned columns; the first row is its head."""
    left, right = (max(len(row[side]) for row in rows) for side in (0, 1))
    lines = [f"| {name.ljust(left)} | {value.ljust(right)} |\n" for name, value in rows]
    lines.insert(1, f"| {'-' * left} | {'-' * right} |\n")
    return "".join(lines)
