"""A run's page: its tables, and its charts, from its folder alone."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from harness.record.curves import Curves
from harness.record.metrics import METRICS
from harness.record.models import Counts, Phase, Result
from harness.report.pages import fault_page, hints, tables
from harness.report.render import charts, formats
from harness.report.render.document import UNMEASURED, Figure, Link, Report, Section, Table
from harness.system import units

HARNESS = "harness"
DATA = {".json", ".csv", ".toml"}
SECONDS = "seconds since the run's start"
FEW = "There are fewer than two samples: nothing to draw over time."
# Of latency.csv: those that a table shows; the file has all.
SHOWN_PERCENTILES = (0, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100)
STAGES = {"http": "HTTP answer", "committed": "committed"}


def create_run_page(
    result: Result, curves: Curves, files: Sequence[str], links: tuple[Link, ...] = ()
) -> Report:
    """Create a run's page.

    `files` are those of its folder, and `links` lead to pages beside it.
    """
    return Report(
        title=tables.create_title(result),
        summary=tables.create_summary(result),
        reasons=tables.list_reasons(result),
        sections=(
            tables.create_headline_section(result),
            _with(tables.create_ladder_section(result.counts), _ladder(result.counts)),
            *fault_page.create_fault_sections(result),
            hints.create_hints_section(hints.find_hints(result, curves)),
            _with(tables.create_phases_section(result.phases), _phases(result.phases)),
            _flow(result, curves),
            _with(
                tables.create_budget_section(result.budget, result.resources),
                _budget(result, curves),
            ),
            tables.create_resources_section(result.resources),
            _with(tables.create_latency_section(result.latency_ms), _latency(curves)),
            _with(tables.create_startup_section(result), _startup(result)),
            _with(tables.create_cost_section(result), _cost(result)),
            tables.create_load_section(result.load),
            tables.create_sampling_section(result.sampling),
            tables.create_checks_section(result.checks),
            tables.create_answers_section(result.answers),
            tables.create_environment_section(result.environment),
            _files(files),
        ),
        links=links,
    )


def _with(section: Section, figures: Iterator[Figure]) -> Section:
    """Return the section with figures, without tables that a figure has as its data."""
    drawn = tuple(figures)
    data = [figure.table for figure in drawn]
    tables = tuple(table for table in section.tables if table not in data)
    return Section(section.title, section.lines, tables, drawn)


def _ladder(counts: Counts | None) -> Iterator[Figure]:
    if counts is None:
        return
    rungs = {
        **({} if counts.sent is None else {"sent": counts.sent}),
        "accepted": counts.accepted,
        "Kafka": counts.kafka,
        "Parquet": counts.parquet,
        "Presto": counts.presto,
    }
    names, numbers = [*rungs], [*rungs.values()]
    changes = [None, *(b - a for a, b in itertools.pairwise(numbers))]
    wrong = [
        f"{change:+,} from {before} to {after}"
        for before, after, change in zip(names, names[1:], changes[1:], strict=False)
        if change
    ]
    rows = zip(names, numbers, changes, strict=True)
    yield Figure(
        "Rungs of the ladder",
        "Left the events on each rung, right how many more or fewer they are than on the rung "
        f"before: {'; '.join(wrong) or 'none anywhere'}.",
        lambda: charts.draw_steps(names, numbers, changes),
        Table(
            ("rung", "events", "change"),
            tuple(
                (
                    name,
                    units.format_count(number),
                    units.format_optional(change, "{:+,}".format, units.NONE),
                )
                for name, number, change in rows
            ),
            "lrr",
        ),
    )


def _phases(done: Sequence[Phase]) -> Iterator[Figure]:
    if not done:
        return
    failed = [phase.name for phase in done if phase.status != "done"]
    longest = max(done, key=lambda phase: phase.duration_s)
    yield Figure(
        "Phases on the run's clock",
        f"The longest is {longest.name}, {units.format_seconds(longest.duration_s)}"
        + (f"; not ended as it should: {', '.join(failed)}." if failed else "."),
        lambda: charts.draw_timeline(_spans(done), SECONDS),
        tables.create_phases_section(done).tables[0],
    )


def _spans(done: Sequence[Phase]) -> list[charts.Span]:
    return [
        charts.Span(
            phase.name,
            phase.started_s,
            phase.started_s + phase.duration_s,
            units.format_seconds(phase.duration_s)
            + ("" if phase.status == "done" else f", {phase.status}"),
            phase.status != "done",
        )
        for phase in done
    ]


def _flow(result: Result, curves: Curves) -> Section:
    """Return the section of events at each step of the pipeline over time."""
    title = "Events over time"
    if len(curves.elapsed_s) < 2:
        return Section(title, (FEW,))
    columns = {"accepted": "accepted", "in Kafka": "kafka_end", "committed": "committed_rows"}
    flows = {name: curves.series.get(column, []) for name, column in columns.items()}
    lag = curves.series.get("lag", [])
    if not any(value is not None for values in (*flows.values(), lag) for value in values):
        return Section(title, (UNMEASURED,))

    x = curves.elapsed_s
    lines = [charts.Series(name, x, values) for name, values in flows.items()]
    if sent := curves.sent():
        lines.insert(0, charts.Series("sent", *map(list, zip(*sent, strict=True))))
    panels = [
        charts.Panel("events", lines),
        charts.Panel("lag, events", [charts.Series("in Kafka, not committed", x, lag)]),
    ]
    draw = partial(charts.draw_lines, panels, SECONDS, _spans(result.phases))
    most = max((value for value in lag if value is not None), default=None)
    caption = (
        "Above how many events were sent, accepted, in Kafka and committed by then; below the lag,"
        f" {units.format_optional(most, '{:,.0f}'.format)} at the most."
    )
    rows = zip(x, *flows.values(), lag, strict=True)
    table = Table(
        ("s", *flows, "lag"),
        tuple(
            (
                units.format_tenths(moment),
                *(units.format_optional(v, "{:,.0f}".format, units.NONE) for v in values),
            )
            for moment, *values in rows
        ),
        "rrrrr",
    )
    return Section(title, figures=(Figure("Sent, accepted, committed", caption, draw, table),))


def _budget(result: Result, curves: Curves) -> Iterator[Figure]:
    """Yield CPU and memory by service against the budget, without the harness."""
    if len(curves.elapsed_s) < 2:
        return
    names = [name for name in curves.services if name != HARNESS]
    cores = {formats.format_service(name): curves.cores(name) for name in names}
    vcpu = result.budget.vcpu
    yield _areas(
        "CPU by service",
        f"The mean of each interval between two samples, against the budget of {vcpu:g} vCPU.",
        ("cores", 1.0, "{:.2f}".format),
        cores,
        (vcpu, f"{vcpu:g} vCPU"),
        result,
        curves,
    )
    memory = {formats.format_service(name): curves.memory_bytes(name) for name in names}
    size = units.format_gib(result.budget.memory_bytes)
    yield _areas(
        "Memory by service",
        f"PSS, against the budget of {size}; between two readings of PSS it is taken to move as "
        "RSS does. What the kernel charges has the page cache in it, too.",
        ("GiB", units.GIB, "{:.2f}".format),
        memory,
        (result.budget.memory_bytes, size),
        result,
        curves,
    )


def _areas(
    title: str,
    caption: str,
    unit: tuple[str, float, Callable[[float], str]],
    parts: dict[str, list[float]],
    limit: tuple[float, str],
    result: Result,
    curves: Curves,
) -> Figure:
    name, size, show = unit
    scaled = {part: [value / size for value in values] for part, values in parts.items()}

    draw = partial(
        charts.draw_areas,
        curves.elapsed_s,
        scaled,
        SECONDS,
        name,
        (limit[0] / size, limit[1]),
        _spans(result.phases),
    )
    sums = [sum(values) for values in zip(*scaled.values(), strict=True)]
    rows = zip(curves.elapsed_s[1:], *scaled.values(), sums, strict=True)
    table = Table(
        ("until s", *scaled, "all"),
        tuple((units.format_tenths(moment), *map(show, values)) for moment, *values in rows),
        "r" * (len(scaled) + 2),
    )
    most = f"{show(max(sums, default=0.0))} {name}"
    return Figure(title, f"{caption} At the most: {most}.", draw, table)


def _latency(curves: Curves) -> Iterator[Figure]:
    stages = {stage: pairs for stage, pairs in curves.latency_ms.items() if pairs}
    if not stages:
        return

    below = {stage: [pair for pair in pairs if pair[0] < 100] for stage, pairs in stages.items()}
    lines = [
        charts.Series(_stage(stage), [x for x, _ in pairs], [y for _, y in pairs])
        for stage, pairs in below.items()
    ]
    levels = {stage: dict(pairs) for stage, pairs in stages.items()}
    table = Table(
        ("share of the events, %", *(f"{_stage(stage)}, ms" for stage in stages)),
        tuple(
            (
                f"{percentile:g}",
                *(
                    units.format_optional(
                        levels[stage].get(percentile), units.format_tenths, units.NONE
                    )
                    for stage in stages
                ),
            )
            for percentile in SHOWN_PERCENTILES
        ),
        "r" * (len(stages) + 1),
    )
    tail = [f"{_stage(s)} {units.format_tenths(p[99])} ms" for s, p in levels.items() if 99 in p]
    caption = f"How long which share of the events took at the most. At 99 %: {', '.join(tail)}."
    draw = partial(charts.draw_percentiles, lines, "ms")
    yield Figure("Percentiles of latency", caption, draw, table)


def _startup(result: Result) -> Iterator[Figure]:
    if not result.startup:
        return
    metric = METRICS["startup_ready_s"]
    ranked = sorted(result.startup, key=lambda name: -result.startup[name].ready_s)
    values = [result.startup[name].ready_s for name in ranked]
    yield Figure(
        "Start-up by service",
        "From each service's own start until it is ready; the longest is "
        f"{formats.format_service(ranked[0])}, {formats.format_metric(metric, values[0])}.",
        lambda: charts.draw_bars(
            [*map(formats.format_service, ranked)],
            {metric.title: values},
            formats.format_heading(metric),
            show=units.format_tenths,
        ),
        tables.create_startup_section(result).tables[0],
    )


def _cost(result: Result) -> Iterator[Figure]:
    metric = METRICS["cpu_s_per_1000_events"]
    costs = {name: value or 0.0 for name, value in metric.services(result).items()}
    if not costs:
        return
    ranked = sorted(costs, key=lambda name: -costs[name])
    yield Figure(
        f"{metric.title}, by service",
        f"{formats.format_service(ranked[0])} takes most of it, "
        f"{formats.format_metric(metric, costs[ranked[0]])} of "
        f"{formats.format_metric(metric, metric.value(result))}.",
        lambda: charts.draw_bars(
            [*map(formats.format_service, ranked)],
            {metric.title: [costs[name] for name in ranked]},
            formats.format_heading(metric),
            show="{:.3f}".format,
        ),
        tables.create_cost_section(result).tables[0],
    )


def _files(files: Sequence[str]) -> Section:
    """Return the section of links to files in the run's folder."""
    line = "Beside this page, in the run's folder; the load tool's are in load/."
    return Section("Files and logs", (line,), links=tuple(Link(name, name) for name in files))


def list_files(folder: Path) -> list[str]:
    """Return the paths in the run's folder that its page links to, logs last."""
    own = [path.name for path in folder.iterdir() if path.suffix in DATA]
    logs = [f"logs/{path.name}" for path in (folder / "logs").glob("*.log")]
    return sorted(own) + sorted(logs)


def _stage(stage: str) -> str:
    """Return a stage's title, as `committed in menu_app_orders`."""
    name, _, table = stage.partition("_")
    return STAGES.get(name, name) + (f" in {table}" if table else "")
