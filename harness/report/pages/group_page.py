"""The runs of one group, in a table."""

from harness.compare.group import Group, MetricSpread
from harness.record.metrics import METRICS
from harness.record.models import Result, describe_marks
from harness.report.render import document, formats
from harness.system import units


def create_group_page(group: Group) -> document.Report:
    """Create a group's page: figures of valid runs without a mark, and why others are left out."""
    valid = len(group.runs) - len(group.not_valid)
    marked = f", {len(group.marked)} of them marked" if group.marked else ""
    return document.Report(
        title=f"Group {group.name}: {valid} of {len(group.runs)} runs valid{marked}",
        summary="Spread: the range from the smallest to the largest, by the median.",
        reasons=(
            *(f"{run} is not valid: {'; '.join(why)}" for run, why in group.not_valid.items()),
            *(f"{run} is left out: {describe_marks(marks)}" for run, marks in group.marked.items()),
        ),
        sections=(document.Section("Figures of the valid runs", _notes(group), (_table(group),)),),
    )


def describe_run(result: Result, number: int, of: int) -> str:
    """Describe a run of the group that has just ended."""
    queryable = METRICS["queryable_per_s"]
    figure = formats.format_metric(queryable, queryable.value(result))
    return "\n".join(
        (
            f"Run {number} of {of}, {result.run_id}: {result.verdict.upper()}, {figure}",
            *(f"  {name}: {why}" for name, why in result.marks.items()),
        )
    )


def _notes(group: Group) -> tuple[str, ...]:
    """Return a note for each metric whose spread is too wide for its limit."""
    return tuple(
        f"Too wide: {METRICS[figure.metric].title} spreads by "
        f"{units.format_share(figure.spread, 1)}, and its limit is {units.format_share(limit, 1)}. "
        "Figures of single runs do not show a change of that size."
        for figure in group.figures
        if figure.too_wide
        and figure.spread is not None
        and (limit := METRICS[figure.metric].limit) is not None
    )


def _table(group: Group) -> document.Table:
    headers = ("", "median", "smallest", "largest", "spread", "runs")
    return document.Table(headers, tuple(map(_row, group.figures)), "lrrrrr")


def _row(figure: MetricSpread) -> tuple[str, ...]:
    metric = METRICS[figure.metric]
    return (
        metric.title,
        formats.format_metric(metric, figure.median),
        formats.format_metric(metric, figure.smallest),
        formats.format_metric(metric, figure.largest),
        units.format_optional(
            figure.spread, lambda spread: units.format_share(spread, 1), units.NONE
        ),
        str(figure.runs),
    )
