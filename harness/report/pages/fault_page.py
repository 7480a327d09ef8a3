"""Fault runs in a table, from their records alone."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Sequence

from harness.record.fault_record import Faults, Row
from harness.record.models import Fault, Restart, Result
from harness.report.render import formats
from harness.report.render.document import Link, Report, Section, Table, pairs, short
from harness.report.render.formats import NONE, known

EVENTS = (
    "In doubt: the app began to send it and gave no 200; came: those of them that are in Presto, "
    "each once. Recovered: how long until every service was ready, requests were accepted, and "
    "rows were committed without a pause of 3 s."
)
LONGEST, FEW = 200, 3
REQUESTS = "Slowest: of the answers with 503. Hung: without an answer in 10 s."


def report(faults: Faults) -> Report:
    """The whole."""
    verdicts = Counter(row.verdict for row in faults.rows)
    told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
    return Report(
        title=f"Faults {faults.faults_id}: {told}",
        summary=(
            f"{len(faults.rows)} faults, a run each of {faults.requests:,} requests at "
            f"{faults.rate_per_s:g} a second; profile {faults.profile}, in "
            f"{formats.seconds(faults.duration_s)}."
        ),
        reasons=tuple(line(row) for row in faults.rows if row.verdict in {"FAILED", "not run"}),
        sections=(
            Section("What became of the events", (EVENTS,), (events(faults.rows),)),
            Section("What became of the requests", (REQUESTS,), (requests(faults.rows),)),
            Section("What breaks", tables=(texts(faults.rows),)),
        ),
        links=(Link("All results", "../../index.html"),),
    )


def events(rows: Sequence[Row]) -> Table:
    """The count ladder of each fault run in short."""
    headers = (
        "fault",
        "promise",
        "accepted",
        "missing",
        "doubled",
        "in doubt",
        "came",
        "recovered",
    )
    cells = (
        (
            row.fault,
            row.verdict,
            *map(_count, (row.accepted, row.missing, row.duplicate)),
            *map(_count, (row.in_doubt, row.in_doubt_arrived)),
            known(row.recovery_s, formats.seconds, NONE),
        )
        for row in rows
    )
    addresses = tuple(f"../../runs/{row.run_id}/report.html" if row.run_id else "" for row in rows)
    return Table(headers, tuple(cells), "ll" + "r" * 6, addresses=addresses)


def requests(rows: Sequence[Row]) -> Table:
    """How requests ended that were not accepted, and which services were started again."""
    headers = ("fault", "503", "slowest", "refused", "reset", "hung", "started again")
    cells = (
        (
            row.fault,
            _count(row.answered_503),
            known(row.slowest_503_s, formats.seconds, NONE),
            *map(_count, (row.refused, row.reset, row.hung)),
            _restarts(row),
        )
        for row in rows
    )
    return Table(headers, tuple(cells), "lrrrrrl")


def texts(rows: Sequence[Row]) -> Table:
    """What each fault is."""
    return Table(("fault", "what breaks"), tuple((row.fault, row.text) for row in rows), "ll")


def line(row: Row) -> str:
    """One fault run in words; what failed, in short: the run's own page has all of it."""
    if row.verdict == "not run":
        return f"{row.fault}: not run, because {row.why[0]}"
    recovered = known(row.recovery_s, formats.seconds)
    return (
        f"{row.fault}: {row.verdict}; {_count(row.missing)} missing, {_count(row.duplicate)} "
        f"doubled, {_count(row.in_doubt)} in doubt; recovered after {recovered}"
        + "".join(f"; {short(reason, LONGEST)}" for reason in _failures(row))
    )


def section(result: Result) -> tuple[Section, ...]:
    """What broke in a run, and which services were started again; nothing of another run."""
    sections = []
    if result.fault is not None:
        sections.append(Section("Fault", tables=(pairs(_facts(result.fault)),)))
    if result.restarts:
        rows = tuple(map(_restart, result.restarts))
        made = Table(("service", "died, s", "of", "ready again after"), rows, "lrlr")
        sections.append(Section("Restarts", tables=(made,)))
    return tuple(sections)


def _facts(fault: Fault) -> list[tuple[str, str]]:
    return [
        ("what breaks", f"{fault.text} ({fault.name})"),
        ("at", known(fault.injected_s, formats.seconds)),
        ("undone at", known(fault.undone_s, formats.seconds, NONE)),
        ("slowest 503", known(fault.slowest_503_s, formats.seconds, NONE)),
        ("events in doubt that came", known(fault.in_doubt_arrived, formats.count)),
        ("recovered after", known(fault.recovery_s, formats.seconds)),
    ]


def _restart(restart: Restart) -> tuple[str, ...]:
    return (
        restart.service,
        formats.tenths(restart.died_s),
        _how(restart.exit_code),
        known(restart.away_s, formats.seconds, "it died again"),
    )


def _how(exit_code: int | None) -> str:
    if exit_code is None:
        return "too late to be ready"
    return f"exit code {exit_code}" if exit_code >= 0 else signal.Signals(-exit_code).name


def _failures(row: Row) -> tuple[str, ...]:
    """The first reasons; a loss that was to be measured is none."""
    return row.why[:FEW] if row.verdict == "FAILED" else ()


def _restarts(row: Row) -> str:
    """As `kafka, 2 streaming`."""
    counted = Counter(row.restarts)
    return ", ".join(f"{n} {name}" if n > 1 else name for name, n in counted.items()) or NONE


def _count(number: int | None) -> str:
    return known(number, formats.count, NONE)
