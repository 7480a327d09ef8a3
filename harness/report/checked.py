"""A check's tables, from its record alone, and its outcome for CI as JUnit's XML."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from harness.record.checked import Checked, Judgement, Outcome
from harness.record.metrics import METRICS
from harness.report import baseline, quantity
from harness.report.layout import Report, Section, Table

SUMMARY = {
    "fine": "head is not slower than the limits allow",
    "regression": "head is slower than the limits allow, in a first batch of pairs and in a second",
    "inconclusive": "the figures do not settle it",
}
OUTCOMES = {
    Outcome.FINE: "within the limit",
    Outcome.REGRESSION: "OVER THE LIMIT",
    Outcome.OPEN: "not settled",
}
FILES_SHOWN = 10


def report(checked: Checked) -> Report:
    """The whole, in the order in which it is read."""
    pairs = f"{len(checked.pairs)} pairs"
    if checked.confirmation:
        pairs += f" and {len(checked.confirmation)} to confirm"
    return Report(
        title=f"Check {checked.check_id}: {checked.status.upper()}",
        summary=(
            f"{checked.why or SUMMARY[checked.status]}; {pairs} of profile {checked.profile} in "
            f"{quantity.seconds(checked.duration_s)}; base {checked.base_commit[:12]}, "
            f"head {checked.head_commit[:12]}."
        ),
        reasons=(),
        sections=tuple(_sections(checked)),
    )


def junit(checked: Checked) -> str:
    """One test case a limit: failed where it is broken, skipped where nothing was settled."""
    cases = [j for j in checked.judgements if j.limit is not None]
    suite = ElementTree.Element("testsuite", name="check", tests=str(len(cases)))
    for judgement in cases:
        case = ElementTree.SubElement(suite, "testcase", classname="check", name=judgement.metric)
        if judgement.outcome is Outcome.REGRESSION and checked.status == "regression":
            ElementTree.SubElement(case, "failure", message=_words(judgement))
        elif judgement.outcome is not Outcome.FINE:
            ElementTree.SubElement(case, "skipped", message=_words(judgement))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _sections(checked: Checked) -> Iterator[Section]:
    if checked.judgements:
        limited = [j for j in checked.judgements if j.limit is not None]
        others = [j for j in checked.judgements if j.limit is None]
        line = "Worse is how many times worse head is than base, the geometric mean over the pairs."
        lines = (line, baseline.promise(checked.rates)) if checked.rates else (line,)
        yield Section("Limits", lines, (_table(limited),))
        yield Section("CPU time by service", tables=(_table(_by_service(others)),))
        yield Section("Other metrics", tables=(_table([j for j in others if _whole(j)]),))
    if checked.differing:
        shown = checked.differing[:FILES_SHOWN]
        more = len(checked.differing) - len(shown)
        rows = tuple((name,) for name in shown) + (((f"and {more} more",),) if more else ())
        yield Section("Files that differ", tables=(Table(("file",), rows, "l"),))


def _by_service(judgements: list[Judgement]) -> list[Judgement]:
    """CPU per 1,000 events of each service; what head spends more on comes first."""
    services = [j for j in judgements if j.metric.startswith("cpu_s_per_1000_events.")]
    return sorted(services, key=lambda j: j.base_median - j.head_median)


def _whole(judgement: Judgement) -> bool:
    return "." not in judgement.metric


def _table(judgements: list[Judgement]) -> Table:
    headers = ("metric", "base", "head", "worse", "95 % interval", "limit", "")
    return Table(headers, tuple(map(_row, judgements)), "lrrrrrl")


def _row(judgement: Judgement) -> tuple[str, ...]:
    metric = METRICS[judgement.metric.partition(".")[0]]
    return (
        judgement.metric,
        quantity.text(metric, judgement.base_median),
        quantity.text(metric, judgement.head_median),
        f"{judgement.harm:.3f}",
        _interval(judgement),
        quantity.known(judgement.limit, "{:.3f}".format, quantity.NONE),
        "" if judgement.outcome is None else OUTCOMES[judgement.outcome],
    )


def _interval(judgement: Judgement) -> str:
    if judgement.low is None or judgement.high is None:
        return "too few pairs"
    return f"{judgement.low:.3f} to {judgement.high:.3f}"


def _words(judgement: Judgement) -> str:
    return (
        f"{judgement.metric}: {judgement.harm:.3f} times worse ({_interval(judgement)}), "
        f"limit {judgement.limit}"
    )
