"""The history by series: each headline figure of each run, and the median as it moves."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from harness.record.history import HistoryEntry
from harness.record.metrics import HEADLINE, Metric
from harness.report.pages import index_page
from harness.report.render import charts, formats
from harness.report.render.document import Figure, Link, Report, Section, Table
from harness.system.units import NONE, format_optional

WINDOW = 5
SHOWN = 20
BARS = "▁▂▃▄▅▆▇█"


def create_history_page(
    series: Sequence[Sequence[HistoryEntry]],
    others: int,
    withdrawn: int,
    addresses: Mapping[str, str] | None = None,
    *,
    marked: int = 0,
) -> Report:
    """Create the page of series of runs, each of at least one, the oldest first.

    `others` are runs of other series, `withdrawn` those that were withdrawn, of any, and `marked`
    those that are left out for their marks; `addresses` lead from runs to their own pages.
    """
    return Report(
        title="History",
        summary=(
            f"A series is the runs of one profile, host, load and budget. {others} of other "
            f"conditions, {withdrawn} withdrawn, and {marked} marked are not shown."
        ),
        reasons=(),
        sections=tuple(_section(entries, addresses or {}) for entries in series),
        links=(Link("All results", "index.html"),),
    )


def select_newest_series(
    entries: Sequence[HistoryEntry], profile: str | None = None
) -> list[list[HistoryEntry]]:
    """Return the series of each profile's newest run, or of one profile, the newest first."""
    latest: dict[str, str] = {}
    for entry in reversed(entries):
        if profile in (None, entry.profile):
            latest.setdefault(entry.profile, entry.branch)
    return [[e for e in entries if e.branch == branch] for branch in latest.values()]


def _section(entries: Sequence[HistoryEntry], addresses: Mapping[str, str]) -> Section:
    latest = entries[-1]
    runs = "1 run" if len(entries) == 1 else f"{len(entries)} runs"
    return Section(
        f"{latest.profile}: {runs} of {latest.branch}",
        (f"The newest runs; each bar is a run, and medians are of {WINDOW} runs.",),
        (_runs(entries[-SHOWN:], addresses), _trend(entries)),
        (_figure(entries, addresses),),
    )


def _figure(entries: Sequence[HistoryEntry], addresses: Mapping[str, str]) -> Figure:
    """Create the figure of all runs of a series."""
    metrics = [m for m in HEADLINE if any(e.figures.get(m.name) is not None for e in entries)]
    dates = [f"{entry.time:%Y-%m-%d}" for entry in entries]
    traces = []
    for metric in metrics:
        values = [formats.scale_metric(metric, entry.figures.get(metric.name)) for entry in entries]
        ends = range(1, len(values) + 1)
        medians = [_median(values[max(0, end - WINDOW) : end]) for end in ends]
        traces.append(charts.Trace(formats.format_heading(metric), values, medians))
    return Figure(
        f"{entries[-1].profile} over time",
        f"Each dot is a run, the oldest on the left; the line is the median of the last {WINDOW}. "
        "Below stand the dates. Scales do not begin at 0.",
        partial(charts.draw_dots, dates, traces, f"median of {WINDOW}"),
        _table(entries, metrics, [*map(formats.format_heading, metrics)], addresses),
    )


def draw_sparkline(values: Sequence[float | None]) -> str:
    """Return a bar for each value between the extremes, and a blank for None."""
    measured = [value for value in values if value is not None]
    if not measured:
        return ""
    low, extent = min(measured), max(measured) - min(measured)
    top = len(BARS) - 1
    return "".join(
        " " if value is None else BARS[round(top * (value - low) / extent) if extent else top // 2]
        for value in values
    )


def _runs(entries: Sequence[HistoryEntry], addresses: Mapping[str, str]) -> Table:
    gates = [metric for metric in HEADLINE if metric.limit is not None]
    return _table(entries, gates, [metric.unit for metric in gates], addresses)


def _table(
    entries: Sequence[HistoryEntry],
    metrics: Sequence[Metric],
    headers: Sequence[str],
    addresses: Mapping[str, str],
) -> Table:
    has_groups = any(entry.group for entry in entries)
    has_marks = any(entry.marks for entry in entries)
    rows = tuple(
        (
            entry.run_id,
            index_page.format_commit(entry.commit, entry.dirty),
            entry.config_sha256[:7],
            *((entry.group or NONE,) if has_groups else ()),
            *((entry.marks or NONE,) if has_marks else ()),
            *(formats.format_figure(metric, entry.figures.get(metric.name)) for metric in metrics),
        )
        for entry in entries
    )
    optional = [*["group"] * has_groups, *["marks"] * has_marks]
    return Table(
        ("run", "commit", "config", *optional, *headers),
        rows,
        "lll" + "l" * len(optional) + "r" * len(metrics),
        addresses=tuple(addresses.get(entry.run_id, "") for entry in entries),
    )


def _trend(entries: Sequence[HistoryEntry]) -> Table:
    headers = ("", "runs", "last", "median", "before it")
    return Table(headers, tuple(_row(metric, entries) for metric in HEADLINE), "llrrr")


def _row(metric: Metric, entries: Sequence[HistoryEntry]) -> tuple[str, ...]:
    values = [entry.figures.get(metric.name) for entry in entries]
    newest, before = values[-WINDOW:], values[-2 * WINDOW : -WINDOW]
    return (
        metric.title,
        draw_sparkline(values[-SHOWN:]),
        formats.format_metric(metric, values[-1]),
        format_optional(_median(newest), lambda value: formats.format_metric(metric, value), NONE),
        format_optional(_median(before), lambda value: formats.format_metric(metric, value), NONE),
    )


def _median(values: Sequence[float | None]) -> float | None:
    measured = [value for value in values if value is not None]
    return float(np.median(measured)) if len(measured) == WINDOW else None
