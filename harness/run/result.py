"""The record of a run, made of what its phases returned."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from harness.cluster import state
from harness.config.model import Config
from harness.errors import HarnessError
from harness.faults import injection, outcome
from harness.load.result import LoadResult
from harness.record import cost, latency, metrics, models
from harness.run import marks
from harness.run.observers import Verified
from harness.verify import checks, clock, expected_answers


@dataclass(frozen=True, slots=True)
class Drained:
    """The end of the drain.

    `queryable` is the moment at which Presto had returned all events, by time.monotonic. Where it
    had not by the deadline, `late` names the step that was still awaited.
    """

    queryable: float | None
    late: str | None = None


@dataclass(frozen=True, slots=True)
class FinalState:
    """The commits and the restarts of the whole run, read in the teardown.

    `committed_rows` has the Unix time in milliseconds of each commit and its rows, None where the
    commit log could not be read.
    """

    committed_rows: list[tuple[int, int]] | None
    restarts: Sequence[state.Restart]


@dataclass(slots=True)
class PhaseResults:
    """The values that the phases of a run have returned so far; None for one that did not end.

    `ready_s` has the services that were started for this run, and `accepted_before` counts the
    events that were kept from before it.
    """

    ready_s: Mapping[str, float] = field(default_factory=dict)
    accepted_before: int = 0
    load: LoadResult | None = None
    drained: Drained | None = None
    verified: Verified | None = None
    topic_bytes: int | None = None
    answers: list[models.Answer] | None = None
    final: FinalState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The measurements and circumstances of a run that has ended: the record is made of them.

    `started` and `ended` are readings of time.monotonic, which Unix time is `clock_ahead_s` ahead
    of. `error` is what ended the run, None where nothing did. Where engines of the run may be
    among others on this machine, `knows_others` is False.
    """

    run_id: str
    group: str | None
    config: Config
    started_utc: datetime
    started: float
    ended: float
    clock_ahead_s: float
    clock_readings: Sequence[clock.Reading]
    phases: Sequence[models.Phase]
    results: PhaseResults
    error: HarnessError | KeyboardInterrupt | None
    fault: injection.InjectionTimes | None
    resources: models.Resources | None
    budget: models.Budget
    sampling: models.Sampling
    environment: models.Environment
    knows_others: bool = True


def create_result(run: Measured) -> models.Result:
    """Return the record of a run; what was not measured is None in it."""
    results = run.results
    load, verified = results.load, results.verified
    restarts = tuple(_list_restarts(run))
    load_checks = outcome.check_answers(load) if run.fault and load else ()
    later_checks = tuple(_list_checks(run, restarts))
    reasons = (
        *(load.reasons if load and not run.fault else ()),
        *checks.list_reasons(load_checks),
        *([results.drained.late] if results.drained and results.drained.late else ()),
        *checks.list_reasons(later_checks),
    )
    status = _decide_status(run.error, reasons)
    committed = verified.committed if verified else None
    result = models.Result(
        run_id=run.run_id,
        group=run.group,
        status=status,
        reasons=(*reasons, *([str(run.error) or "interrupted"] if run.error is not None else ())),
        marks=_find_marks(run) if status == "valid" else {},
        profile=run.config.profile,
        backend=run.config.backend,
        seed=run.config.seed,
        started_utc=run.started_utc,
        duration_s=run.ended - run.started,
        phases=tuple(run.phases),
        load=load.record if load else None,
        counts=verified.counts if verified else None,
        checks=(*load_checks, *later_checks),
        throughput=_compute_throughput(results) if status == "valid" else None,
        latency_ms=latency.summarize_latency(
            load.latency_ms if load else None,
            committed.by_table if committed else None,
            committed.unknown if committed else None,
        ),
        drain_s=_compute_drain_s(results),
        resources=run.resources,
        budget=run.budget,
        startup=_list_startups(run),
        cost=_compute_cost(run) if status == "valid" else None,
        sampling=run.sampling,
        environment=run.environment,
        answers=tuple(results.answers or ()),
        fault=_describe_fault(run, run.fault) if run.fault else None,
        restarts=restarts,
    )
    return result.model_copy(update={"metrics": metrics.read_metrics(result)})


def _decide_status(
    error: HarnessError | KeyboardInterrupt | None, reasons: Sequence[str]
) -> models.RunStatus:
    if isinstance(error, KeyboardInterrupt):
        return "aborted"
    if error is not None:
        return "error"
    return "invalid" if reasons else "valid"


def _find_marks(run: Measured) -> dict[models.MarkName, str]:
    load = run.results.load
    used = run.resources if run.knows_others else None
    return marks.find_marks(run.config.marks, load.record if load else None, used)


def _list_checks(
    run: Measured, restarts: Sequence[models.ServiceRestart]
) -> Iterator[models.Check]:
    """Yield the checks of the phases after the load, and that of the clock."""
    if run.results.verified:
        yield from run.results.verified.checks
        if run.fault:
            yield outcome.check_came_about(run.fault, restarts)
    if run.results.answers is not None:
        yield from expected_answers.check(run.results.answers)
    yield clock.check(run.clock_readings)


def _list_restarts(run: Measured) -> Iterator[models.ServiceRestart]:
    """Yield each time that a service was started again in this run."""
    for restart in run.results.final.restarts if run.results.final else ():
        if restart.died >= run.started:
            yield models.ServiceRestart(
                service=restart.service,
                died_s=restart.died - run.started,
                exit_code=restart.exit_code,
                away_s=None if restart.ready is None else restart.ready - restart.died,
            )


def _list_startups(run: Measured) -> dict[str, models.Startup]:
    """Return how long each started service took, and its CPU time in that phase."""
    used = {phase.name: phase.cpu_s for phase in run.phases}.get("provision", {})
    return {
        name: models.Startup(ready_s=ready_s, cpu_s=used.get(name, 0.0))
        for name, ready_s in run.results.ready_s.items()
    }


def _compute_throughput(results: PhaseResults) -> models.Throughput | None:
    """Return the accepted events a second; None where they were not counted."""
    load, queryable = results.load, results.drained and results.drained.queryable
    if not (load and queryable and results.verified):
        return None
    accepted = results.verified.counts.accepted - results.accepted_before
    return models.Throughput(
        accepted_per_s=accepted / (load.ended - load.started),
        queryable_per_s=accepted / (queryable - load.started),
    )


def _compute_drain_s(results: PhaseResults) -> float | None:
    """Return the seconds from the last answer until Presto had returned all events."""
    queryable = results.drained and results.drained.queryable
    return queryable - results.load.ended if results.load and queryable else None


def _compute_cost(run: Measured) -> models.Cost | None:
    """Return the cost of an accepted event; None where no event was accepted."""
    verified = run.results.verified
    accepted = verified.counts.accepted - run.results.accepted_before if verified else 0
    if not (verified and accepted and run.resources):
        return None
    return cost.compute_cost(
        run.resources,
        accepted,
        verified.counts,
        run.results.topic_bytes,
        verified.parquet_bytes,
    )


def _describe_fault(run: Measured, broken: injection.InjectionTimes) -> models.InjectedFault:
    """Return the record of the injected fault and of its effects."""
    load, verified = run.results.load, run.results.verified
    injected, undone = broken.injected, broken.undone
    return models.InjectedFault(
        name=broken.fault.name,
        text=broken.fault.text,
        promised=broken.fault.promised,
        injected_s=None if injected is None else injected - run.started,
        undone_s=None if undone is None else undone - run.started,
        slowest_503_s=outcome.slowest_503_s(load.results) if load else None,
        in_doubt_arrived=outcome.arrived(verified.counts) if verified else None,
        recovery_s=_compute_recovery_s(run, injected),
    )


def _compute_recovery_s(run: Measured, injected: float | None) -> float | None:
    """Return the seconds from the fault until its last effect ended; None if unknown."""
    load, final = run.results.load, run.results.final
    if injected is None or load is None or final is None or final.committed_rows is None:
        return None
    commits = [time_ms / 1000 - run.clock_ahead_s for time_ms, _ in final.committed_rows]
    ready = [restart.ready for restart in final.restarts if restart.died >= injected]
    return outcome.recovery_s(
        injected, [moment for moment in ready if moment], load.results, commits
    )
