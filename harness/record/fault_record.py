"""The record of several fault runs, `faults.json`: a row each."""

from typing import Literal

from pydantic import AwareDatetime

from harness.record.models import Record, Result

Verdict = Literal["kept", "measured", "FAILED", "not run"]


class FaultRow(Record):
    """The outcome of one fault run for its events; None is not measured.

    What was promised is `kept` or has `FAILED`; where nothing is, the loss is `measured`. One that
    cannot be done on this machine is `not run`; `why` says what hinders it, or what failed.
    """

    fault: str
    text: str
    verdict: Verdict
    why: tuple[str, ...] = ()
    run_id: str | None = None
    accepted: int | None = None
    missing: int | None = None
    duplicate: int | None = None
    in_doubt: int | None = None
    in_doubt_arrived: int | None = None
    answered_503: int | None = None
    slowest_503_s: float | None = None
    refused: int | None = None
    reset: int | None = None
    hung: int | None = None
    restarts: tuple[str, ...] = ()
    recovery_s: float | None = None


class FaultsRecord(Record):
    """Fault runs that were made one after another."""

    faults_id: str
    profile: str
    requests: int
    rate_per_s: float
    started_utc: AwareDatetime
    duration_s: float
    rows: tuple[FaultRow, ...]


def create_fault_row(result: Result) -> FaultRow:
    """Create the row of a fault run; raise ValueError for another run."""
    if result.fault is None:
        raise ValueError(f"{result.run_id} is no fault run")
    counts, outcomes = result.counts, result.load.outcomes if result.load else None
    return FaultRow(
        fault=result.fault.name,
        text=result.fault.text,
        verdict=judge_promise(result),
        why=result.reasons,
        run_id=result.run_id,
        **{
            name: getattr(counts, name, None)
            for name in ("accepted", "missing", "duplicate", "in_doubt")
        },
        **{name: getattr(outcomes, name, None) for name in ("answered_503", "refused", "reset")},
        hung=outcomes.timed_out + outcomes.unfinished if outcomes else None,
        slowest_503_s=result.fault.slowest_503_s,
        in_doubt_arrived=result.fault.in_doubt_arrived,
        restarts=tuple(restart.service for restart in result.restarts),
        recovery_s=result.fault.recovery_s,
    )


def judge_promise(result: Result) -> Verdict:
    """Return whether the promise was kept; a duplicate event always fails."""
    if result.status == "valid":
        return "kept"
    counts = result.counts
    if result.fault is None or result.fault.promised or result.status != "invalid" or not counts:
        return "FAILED"
    return "FAILED" if counts.duplicate or counts.unexpected else "measured"
