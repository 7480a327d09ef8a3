"""A check's charts and tables, from its record alone, and its outcome for CI as JUnit's XML."""

from collections.abc import Iterator, Sequence
from functools import partial
from xml.etree import ElementTree

from harness.record.check_record import CheckRecord, Judgement, LimitOutcome
from harness.record.metrics import METRICS
from harness.report.pages import noise_page, spread
from harness.report.render import charts, formats
from harness.report.render.document import Figure, Link, Report, Section, Table
from harness.system import units

SUMMARY = {
    "fine": "head is not slower than the limits allow",
    "regression": "head is slower than the limits allow, in a first batch of pairs and in a second",
    "inconclusive": "the figures do not settle it",
}
OUTCOMES = {
    LimitOutcome.FINE: "within the limit",
    LimitOutcome.REGRESSION: "OVER THE LIMIT",
    LimitOutcome.OPEN: "not settled",
}
TOO_FEW = "too few pairs"
FILES_SHOWN = 10


def create_check_page(checked: CheckRecord) -> Report:
    """Create a check's page."""
    pairs = f"{len(checked.pairs)} pairs"
    if checked.confirmation:
        pairs += f" and {len(checked.confirmation)} to confirm"
    if checked.apart:
        pairs += f", {len(checked.apart)} more marked and left out,"
    return Report(
        title=f"Check {checked.check_id}: {checked.status.upper()}",
        summary=(
            f"{checked.why or SUMMARY[checked.status]}; {pairs} of profile {checked.profile} in "
            f"{units.format_seconds(checked.duration_s)}; base {checked.base_commit[:12]}, "
            f"head {checked.head_commit[:12]}."
        ),
        reasons=tuple(
            f"left out: {pair.base_run} and {pair.head_run}, {'; '.join(pair.marks)}"
            for pair in checked.apart
        )
        + tuple(
            f"counted, though marked: {pair.base_run} and {pair.head_run}, {'; '.join(pair.marks)}"
            for pair in (*checked.pairs, *checked.confirmation)
            if pair.marks
        ),
        sections=tuple(_sections(checked)),
        links=(Link("All results", "../../index.html"),),
    )


def render_junit(checked: CheckRecord) -> str:
    """Render JUnit's XML with a test case for each limit.

    A case is failed where the limit is broken, and skipped where the pairs do not settle it.
    """
    cases = [j for j in checked.judgements if j.limit is not None]
    suite = ElementTree.Element("testsuite", name="check", tests=str(len(cases)))
    for judgement in cases:
        case = ElementTree.SubElement(suite, "testcase", classname="check", name=judgement.metric)
        if judgement.outcome is LimitOutcome.REGRESSION and checked.status == "regression":
            ElementTree.SubElement(case, "failure", message=_words(judgement))
        elif judgement.outcome is not LimitOutcome.FINE:
            ElementTree.SubElement(case, "skipped", message=_words(judgement))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _sections(checked: CheckRecord) -> Iterator[Section]:
    if checked.judgements:
        limited = [j for j in checked.judgements if j.limit is not None]
        others = [j for j in checked.judgements if j.limit is None]
        line = "Worse is how many times worse head is than base, the geometric mean over the pairs."
        lines = (line, noise_page.describe_promise(checked.rates)) if checked.rates else (line,)
        yield Section(
            "Limits", lines, (_table(limited),), _intervals("Against the limits", limited)
        )
        services = _by_service(others)
        cpu = _intervals("CPU per 1,000 events", services)
        yield Section("CPU time by service", (), (_table(services),), cpu)
        yield Section("Other metrics", tables=(_table([j for j in others if "." not in j.metric]),))
    if checked.pairs:
        pairs = (*checked.pairs, *checked.confirmation)
        sides = {"base": [pair.base for pair in pairs], "head": [pair.head for pair in pairs]}
        runs = [("base", pair.base_run) for pair in pairs]
        runs += [("head", pair.head_run) for pair in pairs]
        line = f"{_first(checked)} The runs are in runs/ beside this page."
        yield Section(
            "Runs", (line,), figures=(spread.create_spread_figure(sides, runs, {}, paired=True),)
        )
    if checked.differing:
        shown = checked.differing[:FILES_SHOWN]
        more = len(checked.differing) - len(shown)
        rows = tuple((name,) for name in shown) + (((f"and {more} more",),) if more else ())
        yield Section("Files that differ", tables=(Table(("file",), rows, "l"),))


def _first(checked: CheckRecord) -> str:
    pairs = (*checked.pairs, *checked.confirmation)
    number = sum(pair.first == "base" for pair in pairs)
    return f"Which side of a pair ran first was drawn by lot: base in {number} of {len(pairs)}."


def _intervals(title: str, judgements: Sequence[Judgement]) -> tuple[Figure, ...]:
    """Create the figure of how many times worse head is, against the limits."""
    drawn = [
        charts.Interval(
            formats.format_short_title(j.metric),
            j.harm,
            j.low,
            j.high,
            j.limit,
            "" if j.outcome is None else OUTCOMES[j.outcome],
            faulty=j.outcome is LimitOutcome.REGRESSION,
        )
        for j in judgements
    ]
    if not drawn:
        return ()
    told = " ".join(
        f"{formats.format_short_title(j.metric)}: {OUTCOMES[j.outcome]}."
        for j in judgements
        if j.outcome
    )
    limits = f"; a broken line is the limit. {told}" if told else "; these have no limit."
    caption = (
        f"How many times worse head is, with its 95 % interval: right of 1 it is worse{limits}"
    )
    draw = partial(charts.draw_intervals, drawn, "head by base, above 1 the worse", ratios=True)
    return (Figure(title, caption, draw, _table(judgements)),)


def _by_service(judgements: list[Judgement]) -> list[Judgement]:
    """Return CPU per 1,000 events of each service, the largest increase first."""
    services = [j for j in judgements if j.metric.startswith("cpu_s_per_1000_events.")]
    return sorted(services, key=lambda j: j.base_median - j.head_median)


def _table(judgements: Sequence[Judgement]) -> Table:
    headers = ("metric", "base", "head", "worse", "95 % interval", "limit", "")
    return Table(headers, tuple(map(_row, judgements)), "lrrrrrl")


def _row(judgement: Judgement) -> tuple[str, ...]:
    metric = METRICS[judgement.metric.partition(".")[0]]
    return (
        judgement.metric,
        formats.format_metric(metric, judgement.base_median),
        formats.format_metric(metric, judgement.head_median),
        f"{judgement.harm:.3f}",
        formats.format_interval(judgement.low, judgement.high, TOO_FEW),
        units.format_optional(judgement.limit, "{:.3f}".format, units.NONE),
        "" if judgement.outcome is None else OUTCOMES[judgement.outcome],
    )


def _words(judgement: Judgement) -> str:
    interval = formats.format_interval(judgement.low, judgement.high, TOO_FEW)
    return (
        f"{judgement.metric}: {judgement.harm:.3f} times worse ({interval}), "
        f"limit {judgement.limit}"
    )
