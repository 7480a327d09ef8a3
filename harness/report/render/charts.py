"""The kinds of charts, each as inline SVG, with names, values and limits written on it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.report.render.document import shorten
from harness.report.render.svg import (
    BAD,
    COLOURS,
    DASHES,
    GRID,
    INK,
    LONGEST_NAME,
    MARKERS,
    area_style,
    format_ticks,
    mark_limit,
    name_places,
    open_chart,
    series_style,
    to_floats,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer

LETTERS = 75
"""So many fit beside each other."""
PANEL_HEIGHT = 2.2
LABEL_HEIGHT = 0.2
"""Both in inches."""
TRACE_HEIGHT = 1.35
DATES = 8
"""So many stand beside each other below a chart."""
FACTOR = 3
ROW_FILLED = 0.7
"""Of a row's height its largest column; above it stands its value."""
COLUMN_LETTERS = 90
"""So many fit beside each other above columns."""
REST = len(COLOURS) - 1
"""How what is left of too many parts is filled."""
MOST_PARTS = 8
"""More than these are not told apart in one picture: the smallest become one."""


@dataclass(frozen=True, slots=True)
class Series:
    """A named line; None among its values is a gap."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines with a scale of their own."""

    label: str
    series: Sequence[Series]


@dataclass(frozen=True, slots=True)
class Span:
    """A named stretch of time, with a text beside it."""

    name: str
    start: float
    end: float
    text: str = ""
    faulty: bool = False


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval, None without one, against a limit of its own."""

    name: str
    value: float
    low: float | None
    high: float | None
    limit: float | None = None
    text: str = ""
    faulty: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """A figure in the order of time, and its moving median; None is no dot, or a gap."""

    title: str
    values: Sequence[float | None]
    medians: Sequence[float | None]


def draw_bars(
    names: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    label: str,
    show: Callable[[float], str] = "{:,.0f}".format,
) -> str:
    """Draw bars in a row for each name, those of each series below each other; None is no bar."""
    with open_chart(max(1.6, 0.9 + 0.27 * len(names) * len(series))) as canvas:
        axes = canvas.add_axes()
        width = 0.8 / len(series)
        for number, (name, values) in enumerate(series.items()):
            places = [i + (number - (len(series) - 1) / 2) * width for i in range(len(names))]
            drawn = axes.barh(
                places,
                to_floats(values),
                width * 0.94,
                label=name,
                gid="mark",
                **series_style(number),
            )
            axes.bar_label(
                drawn,
                ["" if value is None else show(value) for value in values],
                padding=2,
                fontsize=9,
                color=INK,
            )
        name_places(axes, names, horizontal=True)
        axes.set_xlabel(label)
        axes.margins(x=0.12)
        format_ticks(axes.xaxis)
        if len(series) > 1:
            canvas.add_legend(axes)
        return canvas.render_svg()


def draw_columns(names: Sequence[str], values: Sequence[float], label: str, x_label: str) -> str:
    """Draw a column for each name, with its value above it where there is room."""
    with open_chart(3.2) as canvas:
        axes = canvas.add_axes()
        drawn = axes.bar(range(len(names)), values, 0.8, gid="mark", **series_style(0))
        _name_columns(axes, drawn, values)
        name_places(axes, names, horizontal=False)
        axes.margins(y=0.12)
        axes.set(xlabel=x_label, ylabel=label)
        axes.locator_params(axis="y", nbins=6, integer=True)
        format_ticks(axes.yaxis)
        return canvas.render_svg()


def draw_rows(names: Sequence[str], series: Mapping[str, Sequence[float]], x_label: str) -> str:
    """Draw columns by name, a row for each series with a scale of its own."""
    with open_chart(0.9 + 0.9 * len(series)) as canvas:
        axes = canvas.add_axes()
        for number, values in enumerate(series.values()):
            largest = max(values) or 1
            drawn = axes.bar(
                range(len(names)),
                [ROW_FILLED * value / largest for value in values],
                0.8,
                # Rows are read from above.
                bottom=-number,
                gid="mark",
                **series_style(number),
            )
            _name_columns(axes, drawn, values)
            axes.axhline(-number, color=INK, linewidth=0.8)
        name_places(axes, names, horizontal=False)
        axes.set_yticks(
            [-number for number in range(len(series))],
            [shorten(name, LONGEST_NAME) for name in series],
        )
        axes.set_ylim(1 - len(series), 1)
        axes.grid(visible=False)
        axes.set_xlabel(x_label)
        return canvas.render_svg()


def draw_lines(panels: Sequence[Panel], x_label: str, spans: Sequence[Span] = ()) -> str:
    """Draw lines over one scale, a panel below the other, with named spans behind them."""
    with open_chart(0.7 + PANEL_HEIGHT * len(panels)) as canvas:
        every = canvas.add_stacked_axes(len(panels))
        number = 0
        for axes, panel in zip(every, panels, strict=True):
            for series in panel.series:
                axes.plot(series.x, to_floats(series.y), gid="mark", **_line(number, series))
                number += 1
            axes.set_ylabel(panel.label)
            axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
            format_ticks(axes.yaxis)
            _name_lines(axes, panel.series, number - len(panel.series), PANEL_HEIGHT)
        _shade(every, spans)
        every[-1].set_xlabel(x_label)
        return canvas.render_svg()


def draw_areas(
    edges: Sequence[float],
    parts: Mapping[str, Sequence[float]],
    x_label: str,
    y_label: str,
    limit: tuple[float, str],
    spans: Sequence[Span] = (),
) -> str:
    """Draw stacked parts, each a value between two edges, the largest at the bottom.

    `edges` are one more than the values of each part; `limit` is a value and its name.
    """
    with open_chart(3.4) as canvas:
        axes = canvas.add_axes()
        base = [0.0] * (len(edges) - 1)
        # By their own order, not by their size: two charts of the same parts agree.
        styles = {name: number for number, name in enumerate(parts)}
        for name, values in _fewer(parts).items():
            top = [low + value for low, value in zip(base, values, strict=True)]
            axes.stairs(
                top,
                edges,
                baseline=base,
                fill=True,
                label=name,
                gid="mark",
                **series_style(styles.get(name, REST)),
            )
            base = top
        mark_limit(axes, *limit)
        axes.set(xlabel=x_label, ylabel=y_label, xlim=(edges[0], edges[-1]))
        axes.set_ylim(bottom=0, top=max(axes.get_ylim()[1], 1.1 * limit[0]))
        format_ticks(axes.yaxis)
        _shade([axes], spans)
        canvas.add_legend(axes, reverse=True)
        return canvas.render_svg()


def draw_timeline(spans: Sequence[Span], x_label: str) -> str:
    """Draw stretches of time, a row for each name, in the order given."""
    names = list(dict.fromkeys(span.name for span in spans))
    with open_chart(0.9 + 0.3 * len(names)) as canvas:
        axes = canvas.add_axes()
        for span in spans:
            place = names.index(span.name)
            axes.barh(
                place,
                span.end - span.start,
                0.7,
                left=span.start,
                gid="mark",
                **(series_style(0) if not span.faulty else area_style(BAD, "xxx")),
            )
            axes.annotate(
                span.text,
                (span.end, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color=BAD if span.faulty else INK,
            )
        name_places(axes, names, horizontal=True)
        axes.set_xlabel(x_label)
        axes.set_xlim(left=0, right=axes.get_xlim()[1] * 1.12)
        format_ticks(axes.xaxis)
        return canvas.render_svg()


def draw_percentiles(curves: Sequence[Series], y_label: str) -> str:
    """Draw percentile curves: x is a percentile below 100, on a scale that stretches the tail.

    Values are on a logarithmic scale where all are above 0.
    """
    shown = (0, 50, 90, 99, 99.9, 99.99)
    values = [value for curve in curves for value in curve.y if value is not None]
    with open_chart(3.4) as canvas:
        axes = canvas.add_axes()
        for number, curve in enumerate(curves):
            places = [_tail(x) for x in curve.x]
            axes.plot(places, to_floats(curve.y), gid="mark", **_line(number, curve))
        if min(values) > 0:
            axes.set_yscale("log", subs=())
            axes.set_yticks(_decades(min(values), max(values)))
        format_ticks(axes.yaxis)
        axes.set_xticks([_tail(x) for x in shown], [f"{x:g} %" for x in shown])
        axes.set(xlabel="share of the events, that took no longer", ylabel=y_label)
        named = [Series(curve.name, [*map(_tail, curve.x)], curve.y) for curve in curves]
        _name_lines(axes, named, 0, 2.8)
        return canvas.render_svg()


def draw_intervals(
    rows: Sequence[Interval], x_label: str, neutral: float = 1.0, ratios: bool = False
) -> str:
    """Draw estimates with intervals, a row each, beside `neutral` and each row's limit.

    Where they are `ratios`, those further apart than `FACTOR` are on a logarithmic scale.
    """
    with open_chart(0.9 + 0.32 * len(rows)) as canvas:
        axes = canvas.add_axes()
        axes.axvline(neutral, color=INK, linewidth=1)
        for place, row in enumerate(rows):
            colour = BAD if row.faulty else COLOURS[0]
            if row.low is not None and row.high is not None:
                axes.plot((row.low, row.high), (place, place), color=colour, marker="|", gid="mark")
            axes.plot(row.value, place, "s" if row.faulty else "o", color=colour, gid="mark")
            if row.limit is not None:
                limits = (place - 0.4, place + 0.4)
                axes.plot((row.limit,) * 2, limits, color=BAD, linestyle=DASHES[1], gid="limit")
            axes.annotate(
                row.text,
                (1, place),
                xycoords=("axes fraction", "data"),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                annotation_clip=False,
                color=BAD if row.faulty else INK,
            )
        name_places(axes, [row.name for row in rows], horizontal=True)
        axes.set_xlabel(x_label)
        shown = (row.value for row in rows), (row.low for row in rows), (row.high for row in rows)
        values = [neutral, *(value for part in shown for value in part if value is not None)]
        if ratios and max(values) > FACTOR * min(values):
            axes.set_xscale("log", subs=())
            axes.set_xticks(_decades(min(values), max(values), (1, 1.5, 2, 3, 5, 7)))
        axes.margins(x=0.08)
        format_ticks(axes.xaxis)
        return canvas.render_svg()


def draw_dots(names: Sequence[str], traces: Sequence[Trace], median_name: str) -> str:
    """Draw a panel for each trace: a dot for each name, in order, and a line of medians."""
    places = range(len(names))
    every = math.ceil(len(names) / DATES) or 1
    with open_chart(0.6 + TRACE_HEIGHT * len(traces)) as canvas:
        panels = canvas.add_stacked_axes(len(traces))
        for axes, trace in zip(panels, traces, strict=True):
            axes.plot(places, to_floats(trace.values), "o", color=COLOURS[0], gid="mark")
            axes.plot(
                places,
                to_floats(trace.medians),
                color=COLOURS[1],
                linestyle=DASHES[1],
                gid="median",
            )
            axes.set_title(trace.title, loc="left", color=INK)
            axes.margins(x=0.02, y=0.15)
            axes.locator_params(axis="y", nbins=4)
            format_ticks(axes.yaxis)
        panels[0].plot([], [], "o", color=COLOURS[0], label="a run")
        panels[0].plot([], [], color=COLOURS[1], linestyle=DASHES[1], label=median_name)
        panels[-1].set_xticks(places[::every], names[::every])
        canvas.add_legend(panels[0])
        return canvas.render_svg()


def draw_strips(
    panels: Mapping[str, Mapping[str, Sequence[float | None]]], paired: bool = False
) -> str:
    """Draw each value of a group as a dot in its row, and a bar at the median.

    Two panels stand beside each other, each with a scale of its own. The values of one number are
    joined by a line where they are `paired`.
    """
    rows = max(map(len, panels.values()))
    with open_chart(math.ceil(len(panels) / 2) * (0.7 + 0.36 * rows)) as canvas:
        for axes, (title, groups) in zip(
            canvas.add_grid(len(panels), 2), panels.items(), strict=True
        ):
            for place, values in enumerate(groups.values()):
                colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
                heights = _heights(place, len(values))
                axes.plot(
                    to_floats(values),
                    heights,
                    marker,
                    color=colour,
                    markerfacecolor="none",
                    gid="mark",
                )
                known = [value for value in values if value is not None]
                if known:
                    middle = statistics.median(known)
                    axes.plot((middle,) * 2, (place - 0.38, place + 0.38), color=INK, gid="median")
            if paired:
                for number, values in enumerate(zip(*groups.values(), strict=True)):
                    places = [_heights(place, number + 1)[-1] for place in range(len(values))]
                    axes.plot(to_floats(values), places, color=GRID, zorder=0.5)
            name_places(axes, [*groups], horizontal=True)
            axes.set_title(title, loc="left", color=INK)
            axes.locator_params(axis="x", nbins=5)
            axes.margins(x=0.08)
            format_ticks(axes.xaxis)
        return canvas.render_svg()


def _heights(place: int, number: int) -> list[float]:
    """Return the heights of a row's dots, apart so that equal values stay visible."""
    return [place + 0.18 * (i % 3 - 1) for i in range(number)]


def draw_steps(names: Sequence[str], counts: Sequence[int], changes: Sequence[int | None]) -> str:
    """Draw a ladder: each rung's count, and the change from the rung before.

    The changes have a scale of their own, logarithmic beyond 1, so that one of many is seen.
    """
    with open_chart(0.9 + 0.36 * len(names)) as canvas:
        left, right = canvas.add_paired_axes()
        places = range(len(names))
        drawn = left.barh(places, counts, 0.7, gid="mark", **series_style(0))
        left.bar_label(drawn, [f"{count:,}" for count in counts], padding=3, fontsize=9, color=INK)
        left.margins(x=0.2)
        left.set_xlabel("events")
        left.locator_params(axis="x", nbins=4)
        name_places(left, names, horizontal=True)
        right.set_xscale("symlog", linthresh=1)
        right.minorticks_off()
        most = max((abs(change) for change in changes if change), default=1)
        right.set_xlim(-12 * most, 12 * most)
        right.axvline(0, color=INK, linewidth=1)
        right.set_xticks([-most, 0, most])
        for place, change in enumerate(changes):
            if change is None:
                continue
            if change:
                right.barh(place, change, 0.7, gid="change", **area_style(BAD, "xxx"))
            right.annotate(
                f"{change:+,}" if change else "0",
                (change, place),
                xytext=(-5 if change < 0 else 5, 0),
                textcoords="offset points",
                va="center",
                ha="right" if change < 0 else "left",
                fontweight="bold" if change else "normal",
                color=BAD if change else INK,
            )
        right.set_xlabel("more or fewer than on the rung before")
        right.tick_params(labelleft=False)
        for axes in (left, right):
            format_ticks(axes.xaxis)
        return canvas.render_svg()


def _name_columns(axes: Axes, drawn: BarContainer, values: Sequence[float]) -> None:
    """Write its value above each column, where all fit beside each other."""
    texts = [f"{value:,.0f}" for value in values]
    if max(map(len, texts)) * len(texts) <= COLUMN_LETTERS:
        # They are within the axes: to look for room around them would take half of the time.
        axes.bar_label(drawn, texts, padding=2, fontsize=9, color=INK, in_layout=False)


def _line(number: int, series: Series) -> dict[str, Any]:
    return {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": DASHES[number % len(DASHES)],
        "marker": MARKERS[number % len(MARKERS)],
        "markevery": max(1, len(series.x) // 12),
        "label": series.name,
    }


def _fewer(parts: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    """Return the parts by falling size; the smallest of too many become one."""
    ranked = sorted(parts, key=lambda name: -sum(parts[name]))
    if len(ranked) <= MOST_PARTS:
        return {name: parts[name] for name in ranked}
    named, rest = ranked[: MOST_PARTS - 1], ranked[MOST_PARTS - 1 :]
    sums = [sum(values) for values in zip(*(parts[name] for name in rest), strict=True)]
    return {**{name: parts[name] for name in named}, f"{len(rest)} others": sums}


def _shade(every: Sequence[Axes], spans: Sequence[Span]) -> None:
    """Draw where spans begin, and name them above the first panel where there is room."""
    low, high = every[0].get_xlim()
    for span in spans:
        if not low <= span.start < high:
            continue
        for axes in every:
            axes.axvline(span.start, color=GRID, linewidth=1.2, zorder=0.5)
        if (min(span.end, high) - span.start) * LETTERS > (high - low) * len(span.name):
            every[0].annotate(
                span.name,
                (span.start, 1),
                xycoords=("data", "axes fraction"),
                xytext=(3, 3),
                textcoords="offset points",
                fontsize=9,
                color=INK,
            )


def _name_lines(axes: Axes, series: Sequence[Series], first: int, height: float) -> None:
    """Name the lines at their ends, on axes `height` inches high, numbered from `first`."""
    ends = {
        number: (x, y)
        for number, one in enumerate(series, first)
        for x, y in zip(one.x, one.y, strict=True)
        if y is not None
    }
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = {number: float(to_axes.transform(end)[1]) for number, end in ends.items()}
    for number, place in _apart(heights, LABEL_HEIGHT / height).items():
        axes.annotate(
            shorten(series[number - first].name, LONGEST_NAME),
            (1, place),
            xycoords="axes fraction",
            xytext=(10, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
            annotation_clip=False,
            color=INK,
        )
        style = _line(number, series[number - first])
        axes.plot(
            1.008,
            place,
            marker=style["marker"],
            color=style["color"],
            transform=axes.transAxes,
            clip_on=False,
            scalex=False,
            scaley=False,
        )


def _apart(heights: Mapping[int, float], gap: float) -> dict[int, float]:
    """Return the heights in order and at least a gap apart, below 1 where they fit."""
    order = sorted(heights, key=lambda number: heights[number])
    placed: dict[int, float] = {}
    floor = -math.inf
    for number in order:
        placed[number] = floor = max(heights[number], floor + gap)
    ceiling = 1.0
    for number in reversed(order):
        placed[number] = min(placed[number], ceiling)
        ceiling = placed[number] - gap
    return placed


def _decades(low: float, high: float, steps: Sequence[float] = (1, 2, 5)) -> list[float]:
    """Return the steps of each power of ten from about `low` to `high`."""
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    ticks = [step * 10.0**power for power in powers for step in steps]
    return [tick for tick in ticks if low / 2 <= tick <= high * 2]


def _tail(percentile: float) -> float:
    """Return a percentile's place: 90 is as far from 99 as 99 from 99.9."""
    return -math.log10(1 - percentile / 100)
