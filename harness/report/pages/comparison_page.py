"""A comparison as charts and tables, and as CSV."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from harness.compare.comparison import ComparedRuns, Comparison, Difference, MetricComparison
from harness.compare.statistics import FEWEST_RUNS
from harness.record.metrics import METRICS
from harness.report.pages import spread
from harness.report.render import charts, formats
from harness.report.render.document import Figure, Link, Report, Section, Table
from harness.system import units

LIMIT = " A broken line is as much as may get worse before a check fails."


def create_comparison_page(
    comparison: Comparison, addresses: Mapping[str, str] | None = None
) -> Report:
    """Create a comparison's page.

    Among the results, `addresses` lead to the runs' own pages; elsewhere there are none.
    """
    rows = comparison.rows
    whole = [row for row in rows if "." not in row.metric]
    parts = [row for row in rows if "." in row.metric]
    known_by = [row for row in whole if METRICS[row.metric].headline]
    cpu = [row for row in parts if row.metric.startswith("cpu_s_per_1000_events.")]
    return Report(
        title=f"{comparison.b.reference} compared with {comparison.a.reference}",
        summary=_summary(comparison),
        reasons=(
            *(f"Not comparable: {obstacle}" for obstacle in comparison.obstacles),
            *(
                f"{run} is marked {why}"
                for side in (comparison.a, comparison.b)
                for run, why in side.marks.items()
            ),
        ),
        sections=(
            Section("Of the run", (), (_table(whole),), _ratios("Headline figures", known_by)),
            Section("By service", (), (_table(parts),), _ratios("CPU per 1,000 events", cpu)),
            _runs(comparison, addresses or {}),
            _differences(comparison.differences),
        ),
        links=() if addresses is None else (Link("All results", "../index.html"),),
    )


def render_csv(comparison: Comparison) -> str:
    """Render the rows as CSV, with unrounded numbers."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*MetricComparison.model_fields], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.model_dump() for row in comparison.rows)
    return text.getvalue()


def format_verdict(row: MetricComparison) -> str:
    """Return the verdict in words."""
    return row.verdict if row.comparable else f"{row.verdict}, though not comparable"


def _summary(comparison: Comparison) -> str:
    judged = sum(row.low is not None for row in comparison.rows)
    share = units.format_share(comparison.confidence, 1)
    text = f"Medians; B/A is their ratio, told with its {share} interval."
    if not judged:
        return f"{text} Fewer than {FEWEST_RUNS} runs a side have none."
    # What a reader of many intervals must know.
    chance = judged * (1 - comparison.confidence)
    return (
        f"{text} Of {judged} intervals about {chance:.0f} would leave 1 out by chance, were both"
        " sides the same."
    )


def _ratios(title: str, rows: Sequence[MetricComparison]) -> tuple[Figure, ...]:
    """Create the figure of the ratios with their intervals and limits."""
    drawn = [
        charts.Interval(
            formats.format_short_title(row.metric),
            row.ratio,
            row.low,
            row.high,
            _limit(row),
            row.verdict,
            faulty=row.verdict == "worse",
        )
        for row in rows
        if row.ratio is not None
    ]
    if not drawn:
        return ()
    caption = (
        f"B/A with its 95 % interval; left of 1, B's is the smaller. {_told(rows)}"
        f"{LIMIT if any(row.limit for row in drawn) else ''}"
    )
    draw = partial(charts.draw_intervals, drawn, "B/A", ratios=True)
    return (Figure(title, caption, draw, _table(rows)),)


def _told(rows: Iterable[MetricComparison]) -> str:
    """Return a sentence for each verdict with the names of its metrics."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(format_verdict(row), []).append(formats.format_short_title(row.metric))
    return " ".join(f"{word.capitalize()}: {', '.join(names)}." for word, names in found.items())


def _limit(row: MetricComparison) -> float | None:
    limit = METRICS[row.metric].limit if row.metric in METRICS else None
    if limit is None:
        return None
    return 1 - limit if row.better == "higher" else 1 + limit


def _runs(comparison: Comparison, addresses: Mapping[str, str]) -> Section:
    """Return the section of the runs, with every figure of each."""
    sides = {"A": comparison.a, "B": comparison.b}
    figure = spread.create_spread_figure(
        {name: side.figures for name, side in sides.items()},
        tuple((name, run) for name, side in sides.items() for run in side.runs),
        addresses,
    )
    return Section("Runs", tuple(_side(*item) for item in sides.items()), figures=(figure,))


def _side(name: str, side: ComparedRuns) -> str:
    gone = "".join(f"; left out: {run}, {why}" for run, why in side.left_out.items())
    return f"{name}: {', '.join(side.runs)}{gone}"


def _title(row: MetricComparison) -> str:
    name, _, service = row.metric.partition(".")
    return f"{METRICS[name].title}, {service}" if service else METRICS[name].title


def _table(rows: Iterable[MetricComparison]) -> Table:
    headers = ("", "A", "B", "B/A", "interval", "verdict")
    return Table(headers, tuple(map(_row, rows)), "lrrrrl")


def _row(row: MetricComparison) -> tuple[str, ...]:
    metric = METRICS[row.metric.partition(".")[0]]
    return (
        _title(row),
        units.format_optional(
            row.a, lambda value: formats.format_metric(metric, value), units.NONE
        ),
        units.format_optional(
            row.b, lambda value: formats.format_metric(metric, value), units.NONE
        ),
        units.format_optional(row.ratio, "{:.3f}".format, units.NONE),
        formats.format_interval(row.low, row.high, units.NONE),
        format_verdict(row),
    )


def _differences(found: Iterable[Difference]) -> Section:
    """Return the section of other differences between the sides."""
    rows = tuple((one.field, ", ".join(one.a), ", ".join(one.b)) for one in found)
    if not rows:
        return Section("What differs", ("Nothing: configuration, versions, host and commit.",))
    return Section("What differs", tables=(Table(("", "A", "B"), rows, "lll"),))
