"""One run: its phases in order, then the record of their measurements."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.cluster.backends.backend import Backend
from harness.cluster.state import State
from harness.config.model import Config
from harness.errors import HarnessError, Inconclusive, InvalidRun, Missing, OverBudget, choose_error
from harness.faults.injection import Injection
from harness.monitor.cgroup_counters import CgroupCounters
from harness.monitor.sampler import Sampler
from harness.monitor.series import Sample
from harness.record import environment, facts, models
from harness.record.facts import Fact
from harness.run import files, marks, phases, verdict
from harness.run.observers import Observers
from harness.run.result import FinalState, Measured, PhaseResults, create_result
from harness.run.timeline import Timeline
from harness.system import crash, progress, signals

LOG = "harness"
"""The log beside those of the services that has the trace of a fault of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that is asked for: its configuration, its cluster, and the folder of its record.

    With `keep`, the events in the tables stay. In a run that is `warming_up`, each virtual
    machine writes down the classes that it needed.
    """

    run_id: str
    config: Config
    cluster: Backend
    folder: Path
    keep: bool = False
    warming_up: bool = False
    group: str | None = None


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The record of a run, and the error that ended it, None where none did."""

    result: models.Result
    error: HarnessError | KeyboardInterrupt | None

    def raise_for_validity(self) -> None:
        """Raise what ended the run, else InvalidRun where the record says so."""
        self._raise_first(self.error, self._find_invalidity())

    def raise_for_status(self) -> None:
        """Raise what ended the run, or what the record tells of: an OverBudget, InvalidRun or mark.

        Where several hold, the one whose exit code comes first.
        """
        self._raise_first(
            self.error, self._find_excess(), self._find_invalidity(), self._find_marks()
        )

    def _find_invalidity(self) -> InvalidRun | None:
        if not self.result.reasons:
            return None
        return InvalidRun("The run is not valid.", why="; ".join(self.result.reasons))

    def _find_marks(self) -> Inconclusive | None:
        if not self.result.marks:
            return None
        return marks.create_error("The run is valid, and marked", [self.result])

    def _find_excess(self) -> OverBudget | None:
        if self.result.resources is None or self.result.budget.within is not False:
            return None
        return verdict.exceeded(self.result.budget, self.result.resources)

    def _raise_first(self, *errors: HarnessError | KeyboardInterrupt | None) -> None:
        first = choose_error(errors)
        if first is not None:
            raise first


def execute(run: Run, display: progress.Display) -> FinishedRun:
    """Run the phases in order, then teardown, and write the record into the run's folder.

    Whatever a phase raises stops the phases and is kept as `error`; the record has what was
    measured until then. Raises Missing where the record cannot be written.
    """
    started_utc, started = datetime.now(UTC), time.monotonic()
    config, cluster = run.config, run.cluster
    log = cluster.log(LOG)
    machine_facts = facts.collect_facts(run.folder)
    conditions = environment.collect_environment(
        cluster.root, cluster.versions(), config.sha256(), cluster.program
    )
    observers = Observers(cluster.addresses(config), cluster.root / "sql", config.seed)
    injection = Injection.from_config(config, cluster)
    # A cluster that is up stays; one that is made for the run ends with it.
    standing = cluster.state()
    counters = CgroupCounters(cluster.group)
    table = run.folder / "processes.csv"
    results = PhaseResults()
    error: HarnessError | KeyboardInterrupt | None = None

    with Sampler(cluster.sessions, table, config.monitor, started, counters) as sampler:
        timeline = Timeline(started, sampler, run.folder, display)

        def check() -> None:
            """Raise what hinders the run already: a service that has died, a full disk."""
            sampler.check()
            cluster.check()

        def check_and_break() -> None:
            check()
            if injection:
                injection.tick()

        try:
            with timeline.phase("provision") as stage:
                results.ready_s = phases.provision(
                    cluster, config, standing, stage, keep=run.keep, warming_up=run.warming_up
                )
                if not run.keep:
                    observers.check_empty()
                results.accepted_before = len(observers.read_ledger().accepted)
                sampler.follow(observers.create_flow_reader())
            with timeline.phase("load") as stage, injection or nullcontext():
                load = phases.send_load(cluster, config, run.folder, stage, check_and_break)
                results.load = load
            with timeline.phase("drain") as stage:
                results.drained = phases.drain(cluster, config, observers, stage, check)
            with timeline.phase("verify") as stage:
                verified = phases.verify(config, observers, load, stage, keep=run.keep)
                results.verified = verified
                results.topic_bytes = cluster.topic_bytes(config)
            with timeline.phase("report") as stage:
                results.answers = phases.ask_queries(observers, verified, stage)
        except BaseException as failure:  # noqa: BLE001 - a run that has measured is kept
            error = _explain(failure, log)

        with signals.deferred():
            try:
                with timeline.phase("teardown"), cluster_ending(cluster, standing):
                    error = verdict.record_oom_kill(error, counters, config.budget, cluster.log)
                    results.final = FinalState(observers.read_commits(), cluster.restarts())
            except BaseException as failure:  # noqa: BLE001 - the record comes after it
                error = choose_error((error, _explain(failure, log)))
            # CPU time counts from the first request until Presto had returned all events.
            begin, end = timeline.entered.get("load"), timeline.completed.get("drain")
            resources, budget = None, verdict.create_unjudged(config.budget)
            try:
                resources = sampler.stop(begin, end)
                budget = verdict.judge(config.budget, resources, counters, begin, end)
            except Missing:
                raise
            except Exception as failure:  # noqa: BLE001 - the record does without
                error = choose_error((error, _explain(failure, log)))
            measured = Measured(
                run_id=run.run_id,
                group=run.group,
                config=config,
                started_utc=started_utc,
                started=started,
                ended=time.monotonic(),
                clock_ahead_s=time.time() - time.monotonic(),
                clock_readings=[(sample.elapsed_s, sample.time_ms) for sample in sampler.samples],
                phases=timeline.phases,
                results=results,
                error=error,
                fault=injection.describe() if injection else None,
                resources=resources,
                budget=budget,
                sampling=sampler.sampling(),
                environment=conditions,
                knows_others=cluster.has_all_services,
            )
            return _keep(run, measured, machine_facts, sampler.samples)


@contextmanager
def cluster_ending(cluster: Backend, standing: State | None) -> Iterator[None]:
    """Close the cluster after the block, whatever it raises, unless it stood before the run."""
    try:
        yield
    finally:
        if standing is None:
            cluster.close()


def _explain(failure: BaseException, log: Path) -> HarnessError | KeyboardInterrupt:
    """Return what ended a run, as its record and its exit code have it."""
    if isinstance(failure, HarnessError | KeyboardInterrupt):
        return failure
    return crash.create_error(failure, log)


def _keep(
    run: Run, measured: Measured, machine_facts: Mapping[str, Fact], samples: Sequence[Sample]
) -> FinishedRun:
    """Write the record and what belongs to it; where that fails, as much of it as can be made."""
    try:
        result = create_result(measured)
        files.write_files(run.folder, measured, result, machine_facts, samples, run.cluster)
    except HarnessError:
        raise
    except Exception as failure:  # noqa: BLE001 - what was measured is kept
        error = _explain(failure, run.cluster.log(LOG))
        measured = replace(measured, error=choose_error((measured.error, error)))
        try:
            result = create_result(measured)
        except Exception:  # noqa: BLE001 - it is the same once more
            sure = replace(measured, results=PhaseResults(), fault=None, clock_readings=())
            result = create_result(sure)
        files.write_record(run.folder, result, run.cluster)
    return FinishedRun(result, measured.error)
