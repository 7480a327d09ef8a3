"""The index of a results folder: where every run, check, fault and comparison is found."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from harness.record.check_record import CheckRecord
from harness.record.fault_record import FaultsRecord, Verdict
from harness.record.index import CHECKS, COMPARISONS, FAULTS, HISTORY_PAGE, IndexedRun, ResultsIndex
from harness.record.metrics import METRICS
from harness.report.render import formats
from harness.report.render.document import Link, Report, Section, Table, shorten
from harness.system import units

# The figures that a run is looked for by, each with what stands above its column.
FIGURES = {
    "queryable_per_s": "events/s",
    "cpu_s_per_1000_events": "CPU-s/1,000 events",
    "http_p99_ms": "HTTP p99, ms",
    "pss_peak_bytes": "PSS peak, MiB",
}
LONGEST = 160
"""A reason is cut off after so many characters: all of it is in the run's report."""


def create_index_page(index: ResultsIndex) -> Report:
    """Create the index of a results folder, the newest first."""
    return Report(
        title="Results",
        summary=_summary(index),
        reasons=(),
        sections=(
            _runs(index.runs),
            _checks(index.checks),
            _faults(index.faults),
            _comparisons(index.comparisons),
        ),
        links=(Link("History", HISTORY_PAGE),) if index.has_history else (),
    )


def format_commit(revision: str, dirty: bool | None) -> str:
    """Return a commit as `0123456`, with `+` where files differed from it, `?` where they may."""
    mark = {True: "+", False: "", None: "?"}[dirty]
    return revision[:7] + mark if revision else units.UNKNOWN


def _summary(index: ResultsIndex) -> str:
    found = Counter(run.status for run in index.runs)
    runs = ", ".join(
        f"{units.format_count(number)} {status}" for status, number in found.most_common()
    )
    return (
        f"{_several(len(index.runs), 'run')}{f' ({runs})' if runs else ''}, "
        f"{_several(len(index.checks), 'check')}, "
        f"{_several(sum(len(one.rows) for one in index.faults), 'fault')}, "
        f"{_several(len(index.comparisons), 'comparison')}."
    )


def _several(number: int, thing: str) -> str:
    return f"{units.format_count(number)} {thing}{'' if number == 1 else 's'}"


def _runs(runs: Sequence[IndexedRun]) -> Section:
    headers = ("run", "status", "profile", "group", "commit", *FIGURES.values(), "why")
    table = Table(
        headers,
        tuple(map(_run, runs)),
        "lllll" + "r" * len(FIGURES) + "l",
        addresses=tuple(run.page for run in runs),
        filters=("status", "profile"),
    )
    return _listing(
        "Runs",
        table,
        "`make bench` makes one",
        "Only a valid run has a throughput; one that is withdrawn does not count any more, and one "
        "that is marked (disturbed, generator) neither in the history nor in comparisons.",
        "A commit with + had changes besides.",
    )


def _listing(title: str, table: Table, verb: str, *lines: str) -> Section:
    """Return the section of a table, or of the verb that makes its first row."""
    if not table.rows:
        return Section(title, (f"There is none yet: {verb}.",))
    return Section(title, lines, (table,))


def _run(run: IndexedRun) -> tuple[str, ...]:
    return (
        run.run_id,
        run.status,
        run.profile or units.NONE,
        run.group or units.NONE,
        format_commit(run.commit, run.dirty),
        *(formats.format_figure(METRICS[name], run.figures.get(name)) for name in FIGURES),
        shorten(run.why, LONGEST),
    )


def _checks(checks: Sequence[CheckRecord]) -> Section:
    headers = ("check", "status", "profile", "base", "head", "pairs", "took")
    rows = tuple(
        (
            one.check_id,
            one.status,
            one.profile,
            format_commit(one.base_commit, dirty=False),
            format_commit(one.head_commit, dirty=False),
            units.format_count(len(one.pairs) + len(one.confirmation)),
            units.format_seconds(one.duration_s),
        )
        for one in checks
    )
    addresses = tuple(f"{CHECKS}/{one.check_id}/check.html" for one in checks)
    table = Table(headers, rows, "lllllrr", addresses=addresses)
    return _listing("Checks", table, "`make check BASE=…` makes one")


def _faults(faults: Sequence[FaultsRecord]) -> Section:
    verdicts = get_args(Verdict)
    rows = []
    for one in faults:
        found = Counter(row.verdict for row in one.rows)
        numbers = (units.format_count(found[verdict]) for verdict in verdicts)
        rows.append((one.faults_id, one.profile, *numbers, units.format_seconds(one.duration_s)))
    addresses = tuple(f"{FAULTS}/{one.faults_id}/faults.html" for one in faults)
    headers = ("faults", "profile", *verdicts, "took")
    aligned = "ll" + "r" * len(verdicts) + "r"
    table = Table(headers, tuple(rows), aligned, addresses=addresses)
    return _listing("Faults", table, "`make faults` makes them")


def _comparisons(names: Sequence[str]) -> Section:
    rows = tuple((name,) for name in names)
    addresses = tuple(f"{COMPARISONS}/{name}.html" for name in names)
    table = Table(("page",), rows, "l", addresses=addresses)
    return _listing("Comparisons", table, "`make compare A=… B=…` makes one")
