"""Fault runs in a table, from their records alone."""

import signal
from collections import Counter
from collections.abc import Sequence

from harness.record.fault_record import FaultRow, FaultsRecord
from harness.record.models import InjectedFault, Result, ServiceRestart
from harness.report.render.document import Link, Report, Section, Table, create_pairs_table, shorten
from harness.system import units

EVENTS = (
    "In doubt: the app began to send it and gave no 200; came: those of them that are in Presto, "
    "each once. Recovered: how long until every service was ready, requests were accepted, and "
    "rows were committed without a pause of 3 s."
)
LONGEST, FEW = 200, 3
REQUESTS = "Slowest: of the answers with 503. Hung: without an answer in 10 s."


def create_faults_page(faults: FaultsRecord) -> Report:
    """Create the page of several fault runs."""
    verdicts = Counter(row.verdict for row in faults.rows)
    told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
    return Report(
        title=f"Faults {faults.faults_id}: {told}",
        summary=(
            f"{len(faults.rows)} faults, a run each of {faults.requests:,} requests at "
            f"{faults.rate_per_s:g} a second; profile {faults.profile}, in "
            f"{units.format_seconds(faults.duration_s)}."
        ),
        reasons=tuple(
            describe_fault_run(row) for row in faults.rows if row.verdict in {"FAILED", "not run"}
        ),
        sections=(
            Section("What became of the events", (EVENTS,), (create_events_table(faults.rows),)),
            Section(
                "What became of the requests", (REQUESTS,), (create_requests_table(faults.rows),)
            ),
            Section("What breaks", tables=(create_texts_table(faults.rows),)),
        ),
        links=(Link("All results", "../../index.html"),),
    )


def create_events_table(rows: Sequence[FaultRow]) -> Table:
    """Create the table of each fault run's counts."""
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
            units.format_optional(row.recovery_s, units.format_seconds, units.NONE),
        )
        for row in rows
    )
    addresses = tuple(f"../../runs/{row.run_id}/report.html" if row.run_id else "" for row in rows)
    return Table(headers, tuple(cells), "ll" + "r" * 6, addresses=addresses)


def create_requests_table(rows: Sequence[FaultRow]) -> Table:
    """Create the table of requests not accepted, and of services started again."""
    headers = ("fault", "503", "slowest", "refused", "reset", "hung", "started again")
    cells = (
        (
            row.fault,
            _count(row.answered_503),
            units.format_optional(row.slowest_503_s, units.format_seconds, units.NONE),
            *map(_count, (row.refused, row.reset, row.hung)),
            _restarts(row),
        )
        for row in rows
    )
    return Table(headers, tuple(cells), "lrrrrrl")


def create_texts_table(rows: Sequence[FaultRow]) -> Table:
    """Create the table of what each fault breaks."""
    return Table(("fault", "what breaks"), tuple((row.fault, row.text) for row in rows), "ll")


def describe_fault_run(row: FaultRow) -> str:
    """Describe a fault run in a line, with shortened reasons of a failure."""
    if row.verdict == "not run":
        return f"{row.fault}: not run, because {row.why[0]}"
    recovered = units.format_optional(row.recovery_s, units.format_seconds)
    return (
        f"{row.fault}: {row.verdict}; {_count(row.missing)} missing, {_count(row.duplicate)} "
        f"doubled, {_count(row.in_doubt)} in doubt; recovered after {recovered}"
        + "".join(f"; {shorten(reason, LONGEST)}" for reason in _failures(row))
    )


def create_fault_sections(result: Result) -> tuple[Section, ...]:
    """Create the sections of a run's fault and restarts; none for a run without them."""
    sections = []
    if result.fault is not None:
        sections.append(Section("Fault", tables=(create_pairs_table(_facts(result.fault)),)))
    if result.restarts:
        rows = tuple(map(_restart, result.restarts))
        made = Table(("service", "died, s", "of", "ready again after"), rows, "lrlr")
        sections.append(Section("Restarts", tables=(made,)))
    return tuple(sections)


def _facts(fault: InjectedFault) -> list[tuple[str, str]]:
    return [
        ("what breaks", f"{fault.text} ({fault.name})"),
        ("at", units.format_optional(fault.injected_s, units.format_seconds)),
        ("undone at", units.format_optional(fault.undone_s, units.format_seconds, units.NONE)),
        (
            "slowest 503",
            units.format_optional(fault.slowest_503_s, units.format_seconds, units.NONE),
        ),
        (
            "events in doubt that came",
            units.format_optional(fault.in_doubt_arrived, units.format_count),
        ),
        ("recovered after", units.format_optional(fault.recovery_s, units.format_seconds)),
    ]


def _restart(restart: ServiceRestart) -> tuple[str, ...]:
    return (
        restart.service,
        units.format_tenths(restart.died_s),
        _how(restart.exit_code),
        units.format_optional(restart.away_s, units.format_seconds, "it died again"),
    )


def _how(exit_code: int | None) -> str:
    if exit_code is None:
        return "too late to be ready"
    return f"exit code {exit_code}" if exit_code >= 0 else signal.Signals(-exit_code).name


def _failures(row: FaultRow) -> tuple[str, ...]:
    """Return the first reasons of a failure; a loss that was to be measured is no failure."""
    return row.why[:FEW] if row.verdict == "FAILED" else ()


def _restarts(row: FaultRow) -> str:
    """Return the restarts as `kafka, 2 streaming`."""
    counted = Counter(row.restarts)
    return ", ".join(f"{n} {name}" if n > 1 else name for name, n in counted.items()) or units.NONE


def _count(number: int | None) -> str:
    return units.format_optional(number, units.format_count, units.NONE)
