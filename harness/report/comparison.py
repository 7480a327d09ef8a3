"""A comparison as tables, for a terminal and for Markdown, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from harness.compare.comparison import Comparison, Difference, Row, Side
from harness.compare.statistics import FEWEST_RUNS
from harness.record.metrics import METRICS
from harness.report import quantity
from harness.report.layout import Report, Section, Table
from harness.report.quantity import NONE, known


def report(comparison: Comparison) -> Report:
    """All of it, in the order in which it is read."""
    rows = comparison.rows
    whole = [row for row in rows if "." not in row.metric]
    parts = [row for row in rows if "." in row.metric]
    return Report(
        title=f"{comparison.b.reference} compared with {comparison.a.reference}",
        summary=_summary(comparison),
        reasons=tuple(f"Not comparable: {obstacle}" for obstacle in comparison.obstacles),
        sections=(
            Section("Runs", (_side("A", comparison.a), _side("B", comparison.b))),
            Section("Of the run", tables=(_table(whole),)),
            Section("By service", tables=(_table(parts),)),
            _differences(comparison.differences),
        ),
    )


def as_csv(comparison: Comparison) -> str:
    """The rows, with numbers as they are."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*Row.model_fields], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.model_dump() for row in comparison.rows)
    return text.getvalue()


def verdict(row: Row) -> str:
    """The verdict in words."""
    return row.verdict if row.comparable else f"{row.verdict}, though not comparable"


def _summary(comparison: Comparison) -> str:
    judged = sum(row.low is not None for row in comparison.rows)
    share = quantity.share(comparison.confidence, 1)
    text = f"Medians; B/A is their ratio, told with its {share} interval."
    if not judged:
        return f"{text} Fewer than {FEWEST_RUNS} runs a side have none."
    # What a reader of many intervals must know.
    chance = judged * (1 - comparison.confidence)
    return (
        f"{text} Of {judged} intervals about {chance:.0f} would leave 1 out by chance, were both"
        " sides the same."
    )


def _side(name: str, side: Side) -> str:
    gone = "".join(f"; left out: {run}, withdrawn: {why}" for run, why in side.left_out.items())
    return f"{name}: {', '.join(side.runs)}{gone}"


def _table(rows: Iterable[Row]) -> Table:
    headers = ("", "A", "B", "B/A", "interval", "verdict")
    return Table(headers, tuple(map(_row, rows)), "lrrrll")


def _row(row: Row) -> tuple[str, ...]:
    name, _, service = row.metric.partition(".")
    metric = METRICS[name]
    return (
        f"{metric.title}, {service}" if service else metric.title,
        known(row.a, lambda value: quantity.text(metric, value), NONE),
        known(row.b, lambda value: quantity.text(metric, value), NONE),
        known(row.ratio, _ratio, NONE),
        NONE if row.low is None or row.high is None else f"{_ratio(row.low)} to {_ratio(row.high)}",
        verdict(row),
    )


def _ratio(value: float) -> str:
    return f"{value:.3f}"


def _differences(found: Iterable[Difference]) -> Section:
    """What else is not the same."""
    rows = tuple((one.field, ", ".join(one.a), ", ".join(one.b)) for one in found)
    if not rows:
        return Section("What differs", ("Nothing: configuration, versions, host and commit.",))
    return Section("What differs", tables=(Table(("", "A", "B"), rows, "lll"),))
