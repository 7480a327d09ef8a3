"""What every chart is drawn with: our settings of matplotlib, the palette, SVG for a page.

Every series has a colour (Okabe and Ito's, which the colour-blind tell apart), and besides it a
pattern, a dash or a marker. The page gives the colours, for the light and for the dark.
"""

from __future__ import annotations

import io
import logging
import math
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.report.render.document import shorten
from harness.system.paths import ROOT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import XAxis, YAxis
    from matplotlib.figure import Figure

CACHE = ROOT / ".cache" / "matplotlib"
WIDTH = 10.0
"""Inches of 72 units: a page shows 720 units as wide as its column."""
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmark",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.labelsize": 10.5,
    "axes.titlesize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.8,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "legend.frameon": False,
}
INK, GRID, PAPER, BAD = "#010101", "#d9d9d9", "#fefefe", "#b00020"
COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7"),
    *("#e69f00", "#56b4e9", "#7a5fb0", "#8a8a8a"),
)
HATCHES = ("", "//", "\\\\", "xx", "--", "||", "++", "/-")
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LONGEST_NAME = 32
NAMED = {"mark", "change", "limit", "median"}
"""The kinds of groups in a chart, as classes: marks are of the data."""
# What the page's style sheet calls them, in the light and in the dark.
VARIABLES = {
    INK: "--ink",
    GRID: "--grid",
    PAPER: "--paper",
    BAD: "--bad",
    **{colour: f"--series-{number}" for number, colour in enumerate(COLOURS)},
}


class Chart:
    """A chart that is being drawn; `open_chart` makes it."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure

    def add_axes(self) -> Axes:
        """Add the only axes."""
        return self._inked(self.figure.add_subplot())

    def add_stacked_axes(self, number: int) -> list[Axes]:
        """Add axes below each other over one scale."""
        grid = self.figure.subplots(number, 1, sharex=True, squeeze=False)
        return [self._inked(axes) for axes in grid[:, 0]]

    def add_paired_axes(self) -> tuple[Axes, Axes]:
        """Add two axes with the same rows, the first the wider."""
        left, right = self.figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        return self._inked(left), self._inked(right)

    def add_grid(self, number: int, columns: int) -> list[Axes]:
        """Add axes beside and below each other, each with a scale of its own."""
        rows = math.ceil(number / columns)
        every = self.figure.subplots(rows, columns, squeeze=False).flat
        for spare in every[number:]:
            spare.remove()
        return [self._inked(axes) for axes in every[:number]]

    def add_legend(self, axes: Axes, reverse: bool = False) -> None:
        """Add the names of the series in a column beside the picture."""
        handles, names = axes.get_legend_handles_labels()
        self.figure.legend(
            handles,
            [shorten(name, LONGEST_NAME) for name in names],
            loc="outside right upper",
            reverse=reverse,
            labelcolor=INK,
            fontsize=9.5,
            handlelength=2.4,
        )

    def render_svg(self) -> str:
        """Return the chart as SVG to put into a page."""
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415

        text = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        # `savefig` would draw it all twice.
        canvas = FigureCanvasSVG(self.figure)
        canvas.print_svg(text, metadata=nothing)  # type: ignore[no-untyped-call]
        return _inline(text.getvalue())

    @staticmethod
    def _inked(axes: Axes) -> Axes:
        axes.patch.set_visible(False)
        axes.tick_params(colors=INK, length=0, labelsize=9.5)
        axes.grid(color=GRID)
        for spine in axes.spines.values():
            spine.set_color(INK)
        axes.xaxis.label.set_color(INK)
        axes.yaxis.label.set_color(INK)
        return axes


@contextmanager
def open_chart(height: float) -> Iterator[Chart]:
    """Yield a chart of a height in inches; our settings hold in the block."""
    # Its caches stay in the repository, and no user's style is read.
    os.environ["MPLCONFIGDIR"] = str(CACHE)
    # It warns where the cache cannot be written, and does without.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    # Here, as it takes half a second: whoever draws nothing goes without.
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        # The reader's browser has fonts for all the world's letters; matplotlib's own has not.
        warnings.filterwarnings("ignore", r"Glyph \d+ ")
        yield Chart(Figure(figsize=(WIDTH, height), layout="constrained", frameon=False))


def _inline(svg: str) -> str:
    """Return the SVG without prologue and style, its colours as variables of the page."""
    svg = re.sub(r"<style.*?</style>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    # Tags alone: what is written on the chart stays as it is.
    return re.sub(r"<[^>]+>", lambda tag: _tag(tag[0]), svg).strip()


def _tag(tag: str) -> str:
    if tag.startswith("<svg "):
        return re.sub(r'.*viewBox="([^"]*)".*', r'<svg class="chart" viewBox="\1">', tag)
    if group := re.fullmatch(r'<g id="([^"]*)">', tag):
        # matplotlib's own names of groups are those of every other chart as well.
        return f'<g class="{group[1]}">' if group[1] in NAMED else "<g>"
    tag = re.sub(r'fill="(#[0-9a-f]{6})"', r'style="fill: \1"', tag)
    tag = re.sub(r"font-family: [^;\"]*;? ?", "", tag)
    tag = re.sub(r"(\d+\.\d{2})\d+", r"\1", tag).replace("xlink:href", "href")
    for colour, variable in VARIABLES.items():
        tag = tag.replace(colour, f"var({variable})")
    return tag


def to_floats(values: Sequence[float | None]) -> list[float]:
    """Return the values with NaN for None: matplotlib draws nothing for a NaN."""
    return [math.nan if value is None else float(value) for value in values]


def series_style(number: int) -> dict[str, Any]:
    """Return the style of a series' areas."""
    return area_style(COLOURS[number % len(COLOURS)], HATCHES[number % len(HATCHES)])


def area_style(colour: str, hatch: str) -> dict[str, Any]:
    """Return the style of an area with a colour and a pattern."""
    return {
        "facecolor": colour,
        "edgecolor": PAPER,
        "hatch": hatch,
        "linewidth": 0.6,
    }


def format_ticks(axis: XAxis | YAxis) -> None:
    """Write ticks as `1,000`, or with as many decimals as they need."""
    axis.set_major_formatter("{x:,.6g}")


def name_places(axes: Axes, names: Sequence[str], horizontal: bool) -> None:
    """Name the whole numbers of an axis; rows are read from above."""
    places, names = range(len(names)), [shorten(name, LONGEST_NAME) for name in names]
    if horizontal:
        axes.set_yticks(places, names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
    else:
        crowded = sum(map(len, names)) > 90
        turned: dict[str, Any] = {"rotation": 25, "ha": "right"} if crowded else {}
        axes.set_xticks(places, names, **turned)
        axes.grid(visible=False, axis="x")


def mark_limit(axes: Axes, value: float, name: str) -> None:
    """Draw a limit across, with its name on it."""
    axes.axhline(value, color=BAD, linestyle=DASHES[1], linewidth=1.4, gid="limit")
    axes.annotate(
        name,
        (0, value),
        xycoords=("axes fraction", "data"),
        xytext=(4, 3),
        textcoords="offset points",
        fontsize=9,
        color=BAD,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
    )
