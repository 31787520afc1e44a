"""Charts: SVG, drawn by matplotlib in a thread, one at a time."""

# matplotlib's own type hints leave `**kwargs` open.
# pyright: reportUnknownMemberType=false

from datetime import timedelta
from io import BytesIO
from typing import Any, Final

import matplotlib as mpl
from anyio import CapacityLimiter, to_thread
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from .clock import now
from .observations import Series, Window

STYLE: Final[dict[RcKeyType, Any]] = {
    # Text stays text: readable by machines and small.
    "svg.fonttype": "none",
    # Ids in the file are made from its content and this, not at random.
    "svg.hashsalt": "chart",
    # A `$` in a name is a dollar.
    "text.parse_math": False,
    "font.family": "sans-serif",
}

INK: Final = "#767676"
"""Grey that has a contrast of 4.5 on white and on black (WCAG 2.2, 1.4.3)."""

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Told apart by most colour-blind people. Source: Okabe and Ito, "Color Universal Design", 2008."""

DASHES: Final = ("solid", "dashed", "dotted", "dashdot")

MAX_LINES: Final = len(COLOURS)

_UNITS: Final = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


class Charts:
    """Draws charts without keeping the event loop."""

    def __init__(self) -> None:
        """Draw one at a time: matplotlib is not made for threads, and a chart takes a whole CPU."""
        self._limiter: Final = CapacityLimiter(1)

    async def warm_up(self) -> None:
        """Draw once: the first time, matplotlib looks through the fonts of the machine."""
        window = Window(since=now() - timedelta(seconds=1), until=now())
        await self.rate(Series(window=window, slots=1, counts={"warm": [1]}), "up")

    async def rate(self, series: Series, title: str) -> bytes:
        """Draw rates over time, a line for each name; equal data gives equal bytes.

        Returns:
            An SVG document on transparent ground.
        """
        return await to_thread.run_sync(draw_rate, series, title, limiter=self._limiter)


def span(seconds: float) -> str:
    """A length of time in words: `5 minutes`."""
    unit, size = _unit(seconds)
    amount = seconds / size
    return f"{amount:g} {unit if amount != 1 else unit.removesuffix('s')}"


def draw_rate(series: Series, title: str) -> bytes:
    """As `Charts.rate`; blocks."""
    unit, size = _unit(series.window.seconds)
    width = series.window.seconds / series.slots
    ago = [(series.slots - index) * width / size for index in range(series.slots + 1)]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8, 3.5), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        lines = [
            axes.stairs(
                [count / width for count in counts],
                ago,
                color=COLOURS[index % len(COLOURS)],
                linestyle=DASHES[index % len(DASHES)],
                linewidth=1.5,
                baseline=None,
            )
            for index, counts in enumerate(series.counts.values())
        ]
        if lines:
            # Handed over as lists: matplotlib leaves out labels that begin with `_`.
            axes.legend(lines, list(series.counts), labelcolor=INK, frameon=False)
        else:
            figure.text(0.5, 0.5, "nothing happened", color=INK, ha="center")
        axes.set_title(title, color=INK)
        axes.set_xlabel(f"{unit} ago", color=INK)
        axes.set_ylabel("per second", color=INK)
        axes.set_xlim(ago[0], 0)
        axes.set_ylim(bottom=0)
        axes.tick_params(colors=INK)
        axes.spines[:].set_color(INK)
        axes.grid(visible=True, color=INK, alpha=0.2)
        output = BytesIO()
        figure.savefig(output, format="svg", metadata={"Date": None, "Title": title})
    return output.getvalue()


def _unit(seconds: float) -> tuple[str, int]:
    """The largest unit of which there are at least two, or seconds."""
    for unit, size in _UNITS:
        if seconds >= 2 * size:
            return unit, size
    return _UNITS[-1]
