"""The history of the runs of one series: each headline figure, and the median as it moves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.record.history import Entry
from harness.record.metrics import HEADLINE, Metric
from harness.report import quantity
from harness.report.layout import Report, Section, Table
from harness.report.quantity import NONE, known

WINDOW = 5
SHOWN = 20
BARS = "▁▂▃▄▅▆▇█"


def report(entries: Sequence[Entry], others: int, withdrawn: int) -> Report:
    """The newest runs of one series, oldest first; at least one.

    `others` are runs of other series, and `withdrawn` those that were withdrawn, of any.
    """
    latest = entries[-1]
    runs = "1 run" if len(entries) == 1 else f"{len(entries)} runs"
    return Report(
        title=f"History of {latest.branch}: {runs} of profile {latest.profile}",
        summary=(
            "Runs of one host, load and budget. "
            f"{others} of other conditions, and {withdrawn} withdrawn, are not shown."
        ),
        reasons=(),
        sections=(
            Section("Newest runs", tables=(_runs(entries[-SHOWN:]),)),
            Section(
                "Trend",
                (f"Each bar is a run; medians are of {WINDOW} runs.",),
                (_trend(entries),),
            ),
        ),
    )


def sparkline(values: Sequence[float | None]) -> str:
    """A bar for each value, from the smallest to the largest; a blank for one not measured."""
    measured = [value for value in values if value is not None]
    if not measured:
        return ""
    low, extent = min(measured), max(measured) - min(measured)
    top = len(BARS) - 1
    return "".join(
        " " if value is None else BARS[round(top * (value - low) / extent) if extent else top // 2]
        for value in values
    )


def _runs(entries: Sequence[Entry]) -> Table:
    gates = [metric for metric in HEADLINE if metric.limit is not None]
    rows = tuple(
        (
            entry.run_id,
            entry.commit[:7] + ("+" if entry.dirty else ""),
            entry.config_sha256[:7],
            entry.group or NONE,
            *(quantity.figure(metric, entry.figures.get(metric.name)) for metric in gates),
        )
        for entry in entries
    )
    headers = ("run", "commit", "config", "group", *(metric.unit for metric in gates))
    return Table(headers, rows, "llll" + "r" * len(gates))


def _trend(entries: Sequence[Entry]) -> Table:
    headers = ("", "runs", "last", "median", "before it")
    return Table(headers, tuple(_row(metric, entries) for metric in HEADLINE), "llrrr")


def _row(metric: Metric, entries: Sequence[Entry]) -> tuple[str, ...]:
    values = [entry.figures.get(metric.name) for entry in entries]
    newest, before = values[-WINDOW:], values[-2 * WINDOW : -WINDOW]
    return (
        metric.title,
        sparkline(values[-SHOWN:]),
        quantity.text(metric, values[-1]),
        known(_median(newest), lambda value: quantity.text(metric, value), NONE),
        known(_median(before), lambda value: quantity.text(metric, value), NONE),
    )


def _median(values: Sequence[float | None]) -> float | None:
    measured = [value for value in values if value is not None]
    return float(np.median(measured)) if len(measured) == WINDOW else None
