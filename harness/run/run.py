"""One run under way: what was asked of it, and what it has measured so far."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.event import Event
from harness.cgroup import kills
from harness.cluster import state
from harness.cluster.backends.backend import Backend
from harness.config.model import Config
from harness.errors import HarnessError, InvalidRun
from harness.faults import injection, outcome
from harness.load.result import LoadResult
from harness.monitor import batches, series
from harness.monitor.cgroup_counters import CgroupCounters
from harness.monitor.meter import CpuSnapshot
from harness.monitor.sampler import Sampler
from harness.record import benchmark, cost, environment, facts, latency, metrics, store
from harness.record.models import (
    Answer,
    Budget,
    Check,
    Cost,
    Counts,
    InjectedFault,
    Phase,
    PhaseName,
    Resources,
    Result,
    RunStatus,
    ServiceRestart,
    Startup,
    Throughput,
)
from harness.run import verdict
from harness.run.observers import Witnesses
from harness.system.progress import Display, Stage
from harness.verify import checks, clock
from harness.verify.parquet import Committed


class Run:
    """What the phases share; each fills in its part, and the rest stays unmeasured."""

    def __init__(
        self,
        run_id: str,
        config: Config,
        cluster: Backend,
        folder: Path,
        display: Display,
        keep: bool = False,
        warming_up: bool = False,
        group: str | None = None,
    ) -> None:
        self.run_id = run_id
        self.config = config
        self.cluster = cluster
        self.folder = folder
        self.display = display
        self.keep = keep
        self.warming_up = warming_up
        self.group = group
        # Whether the cluster was started for this run, and ends with it.
        self.owned = False
        self.started_utc = datetime.now(UTC)
        self.started = time.monotonic()
        self.phases: list[Phase] = []
        self.reasons: list[str] = []
        self.error: HarnessError | KeyboardInterrupt | None = None
        self.earlier = 0
        # How long the services took that were started for this run.
        self.ready_s: Mapping[str, float] = {}
        self.sent: LoadResult | None = None
        # When Presto had returned all events, by time.monotonic.
        self.queryable: float | None = None
        self.resources: Resources | None = None
        # CPU counts from the first request until Presto had returned all events.
        self.begin: CpuSnapshot | None = None
        self.end: CpuSnapshot | None = None
        self.facts = facts.collect_facts(folder)
        self.counts: Counts | None = None
        self.checks: tuple[Check, ...] = ()
        self.committed: Committed | None = None
        self.topic_bytes: int | None = None
        self.parquet_bytes: int | None = None
        # The events that the answers must follow from.
        self.due: tuple[Event, ...] = ()
        # The rows that became visible, by Unix time in milliseconds.
        self.committed_rows: list[tuple[int, int]] | None = None
        # Each time a service was started again, as the cluster has it.
        self.restarted: Sequence[state.Restart] = ()
        self.answers: list[Answer] = []
        self.injection = injection.of(config, cluster)
        sql = cluster.root / "sql"
        self.witnesses = Witnesses(cluster.addresses(config), sql, config.seed)
        path = folder / "processes.csv"
        self.kernel = CgroupCounters(cluster.group)
        self.sampler = Sampler(
            cluster.sessions, path, config.monitor, self.started, kernel=self.kernel
        )

    @contextmanager
    def phase(self, name: PhaseName) -> Iterator[Stage]:
        """Times one phase and shows it; raises Missing where the run's folder cannot be written."""
        begin = self.sampler.enter(name)
        began = time.monotonic()
        status: Literal["done", "failed", "interrupted"] = "done"
        try:
            with store.translate_write_errors(self.folder), self.display.stage(name) as stage:
                yield stage
        except BaseException as error:
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            raise
        finally:
            phase = Phase(
                name=name,
                started_s=began - self.started,
                duration_s=time.monotonic() - began,
                status=status,
                cpu_s=self.sampler.take_snapshot().since(begin),
            )
            self.phases.append(phase)

    def check(self) -> None:
        """Raises what hinders the run already: a service that has died, a full disk."""
        self.sampler.check()
        self.cluster.check()

    def judge(self, made: tuple[Check, ...]) -> None:
        """Keeps checks; one that fails makes the run not valid."""
        self.checks += made
        self.reasons += checks.reasons(made)

    def blame_memory(self) -> None:
        """Where the kernel killed a process for memory, makes that what ended the run."""
        killed = self.kernel.oom_kills()
        if killed and self.kernel.last and not isinstance(self.error, KeyboardInterrupt):
            self.error = kills.create_error(
                killed, self.kernel.last, self.config.budget, self.cluster.log
            )

    def status(self) -> RunStatus:
        """What became of the run."""
        if isinstance(self.error, KeyboardInterrupt):
            return "aborted"
        if self.error is not None:
            return "error"
        return "invalid" if self.reasons else "valid"

    def raise_for_status(self) -> None:
        """Raises what ended the run, InvalidRun where it does not hold, or OverBudget."""
        if self.error is not None:
            raise self.error
        if self.reasons:
            raise InvalidRun("The run is not valid.", why="; ".join(self.reasons))
        if self.resources is not None and self.budget().within is False:
            raise verdict.exceeded(self.budget(), self.resources)

    def result(self) -> Result:
        """The record of what was measured."""
        reasons = list(self.reasons)
        if self.error is not None:
            reasons.append(str(self.error) or "interrupted")
        result = Result(
            run_id=self.run_id,
            group=self.group,
            status=self.status(),
            reasons=tuple(reasons),
            profile=self.config.profile,
            backend=self.config.backend,
            seed=self.config.seed,
            started_utc=self.started_utc,
            duration_s=time.monotonic() - self.started,
            phases=tuple(self.phases),
            load=None if self.sent is None else self.sent.load,
            counts=self.counts,
            checks=self.checks,
            throughput=self.throughput(),
            latency_ms=latency.summarize(
                self.http(),
                self.committed.by_table if self.committed else None,
                self.committed.unknown if self.committed else None,
            ),
            drain_s=self.drain_s(),
            resources=self.resources,
            budget=self.budget(),
            startup=self.startup(),
            cost=self.cost(),
            sampling=self.sampler.sampling(),
            environment=environment.collect_environment(
                self.cluster.root, self.cluster.versions(), self.config.sha256()
            ),
            answers=tuple(self.answers),
            fault=self.fault(),
            restarts=self.restarts(),
        )
        return result.model_copy(update={"metrics": metrics.read_metrics(result)})

    def http(self) -> NDArray[np.float64] | None:
        """The latency of every answer, in milliseconds; null where there was no load."""
        return self.sent.latency_ms if self.sent else None

    def throughput(self) -> Throughput | None:
        """Accepted events a second; null where the run is not valid."""
        if self.status() != "valid" or not (self.sent and self.counts and self.queryable):
            return None
        accepted = self.counts.accepted - self.earlier
        return Throughput(
            accepted_per_s=accepted / (self.sent.ended - self.sent.started),
            queryable_per_s=accepted / (self.queryable - self.sent.started),
        )

    def drain_s(self) -> float | None:
        """Seconds from the last answer until Presto had returned all events."""
        if self.sent is None or self.queryable is None:
            return None
        return self.queryable - self.sent.ended

    def startup(self) -> dict[str, Startup]:
        """How long each service took that was started for this run, and its CPU time meanwhile."""
        used = {phase.name: phase.cpu_s for phase in self.phases}.get("provision", {})
        return {
            name: Startup(ready_s=ready_s, cpu_s=used.get(name, 0.0))
            for name, ready_s in self.ready_s.items()
        }

    def restarts(self) -> tuple[ServiceRestart, ...]:
        """Each time a service was started again in this run."""
        return tuple(
            ServiceRestart(
                service=one.service,
                died_s=one.died - self.started,
                exit_code=one.exit_code,
                away_s=None if one.ready is None else one.ready - one.died,
            )
            for one in self.restarted
            if one.died >= self.started
        )

    def fault(self) -> InjectedFault | None:
        """What was broken, and what was seen of it; null where nothing was to be."""
        if self.injection is None:
            return None
        fault, injected, undone = (
            self.injection.fault,
            self.injection.injected,
            self.injection.undone,
        )
        return InjectedFault(
            name=fault.name,
            text=fault.text,
            promised=fault.promised,
            injected_s=None if injected is None else injected - self.started,
            undone_s=None if undone is None else undone - self.started,
            slowest_503_s=outcome.slowest_503_s(self.sent.results) if self.sent else None,
            in_doubt_arrived=outcome.arrived(self.counts) if self.counts else None,
            recovery_s=self.recovery_s(),
        )

    def recovery_s(self) -> float | None:
        """Seconds from the fault until nothing was to be seen of it; null where not known."""
        injected = self.injection.injected if self.injection else None
        if injected is None or self.sent is None or self.committed_rows is None:
            return None
        ahead_s = time.time() - time.monotonic()
        commits = [time_ms / 1000 - ahead_s for time_ms, _ in self.committed_rows]
        ready = [one.ready for one in self.restarted if one.ready and one.died >= injected]
        return outcome.recovery_s(injected, ready, self.sent.results, commits)

    def cost(self) -> Cost | None:
        """What an accepted event took; null where the run is not valid, or accepted none."""
        if self.status() != "valid" or not (self.counts and self.resources):
            return None
        accepted = self.counts.accepted - self.earlier
        if not accepted:
            return None
        return cost.compute_cost(
            self.resources, accepted, self.counts, self.topic_bytes, self.parquet_bytes
        )

    def budget(self) -> Budget:
        """The budget, and how the run kept to it."""
        return verdict.judge(self.config.budget, self.resources, self.kernel, self.begin, self.end)

    def write(self) -> Result:
        """Writes the run's files; returns the record."""
        self.resources = self.sampler.stop(self.begin, self.end)
        self.judge(
            (clock.check([(sample.elapsed_s, sample.time_ms) for sample in self.sampler.samples]),)
        )
        result = self.result()
        (self.folder / "config.toml").write_text(self.config.toml(), encoding="utf-8")
        details = {**result.environment.model_dump(mode="json"), **self.facts}
        text = json.dumps(details, indent=2) + "\n"
        (self.folder / "environment.json").write_text(text, encoding="utf-8")
        self.write_series()
        if curves := latency.stages(
            self.http(), self.committed.by_table if self.committed else None
        ):
            latency.write(self.folder / "latency.csv", curves)
        if result.status == "valid":
            text = benchmark.render_benchmark(result)
            (self.folder / "benchmark.json").write_text(text, encoding="utf-8")
        store.copy_logs(self.cluster.folder / "logs", self.folder)
        store.write_result(result, self.folder)
        return result

    def write_series(self) -> None:
        """Writes what was seen at each sample, with what was committed and batched by then."""
        rows = series.assemble(
            self.sampler.samples,
            self.committed_rows,
            batches.read(self.cluster.progress),
            self.cluster.services,
        )
        series.write(self.folder / "series.csv", rows)
