"""The runs of one group, in a table."""

from __future__ import annotations

from harness.compare.group import Figure, Group
from harness.record.metrics import METRICS
from harness.record.models import Result
from harness.report.render import formats
from harness.report.render.document import Report, Section, Table
from harness.report.render.formats import NONE, known


def report(group: Group) -> Report:
    """The headline figures of the valid runs; the others are named with their reasons."""
    valid = len(group.runs) - len(group.not_valid)
    return Report(
        title=f"Group {group.name}: {valid} of {len(group.runs)} runs valid",
        summary="Spread: the range from the smallest to the largest, by the median.",
        reasons=tuple(
            f"{run} is not valid: {'; '.join(reasons)}" for run, reasons in group.not_valid.items()
        ),
        sections=(Section("Figures of the valid runs", _notes(group), (_table(group),)),),
    )


def line(result: Result, number: int, of: int) -> str:
    """One run of the group that has just ended."""
    queryable = METRICS["queryable_per_s"]
    figure = formats.text(queryable, queryable.value(result))
    return f"Run {number} of {of}, {result.run_id}: {result.status.upper()}, {figure}"


def _notes(group: Group) -> tuple[str, ...]:
    """What cannot be concluded from these runs."""
    return tuple(
        f"Too wide: {METRICS[figure.metric].title} spreads by {formats.share(figure.spread, 1)}, "
        f"and its limit is {formats.share(limit, 1)}. "
        "Figures of single runs do not show a change of that size."
        for figure in group.figures
        if figure.too_wide
        and figure.spread is not None
        and (limit := METRICS[figure.metric].limit) is not None
    )


def _table(group: Group) -> Table:
    headers = ("", "median", "smallest", "largest", "spread", "runs")
    return Table(headers, tuple(map(_row, group.figures)), "lrrrrr")


def _row(figure: Figure) -> tuple[str, ...]:
    metric = METRICS[figure.metric]
    return (
        metric.title,
        formats.text(metric, figure.median),
        formats.text(metric, figure.smallest),
        formats.text(metric, figure.largest),
        known(figure.spread, lambda spread: formats.share(spread, 1), NONE),
        str(figure.runs),
    )
