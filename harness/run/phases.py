"""The phases of a run: each takes what it needs and returns what it measured."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.cluster.backends.backend import Backend
from harness.cluster.state import State
from harness.config import load_plan, model
from harness.errors import InvalidRun
from harness.load import mixture, sequence
from harness.load.result import LoadResult
from harness.record.models import Answer
from harness.run import provisioning, result
from harness.run.observers import Observers, Verified
from harness.system import process, progress
from harness.verify import expected_events


def provision(
    cluster: Backend,
    config: model.Config,
    standing: State | None,
    stage: progress.Stage,
    *,
    keep: bool,
    warming_up: bool,
) -> Mapping[str, float]:
    """Start all services, and remove every event unless told to keep them.

    `standing` is the state of the cluster that is up, None where one is to be made. Returns after
    how many seconds each service that was started was ready.
    """
    if standing is None:
        cluster.open(config, process.Identity.from_pid(os.getpid()), warming_up=warming_up)
    else:
        provisioning.check_same(standing, config)
        if keep:
            provisioning.check_seed(standing, config)
        # The system under test starts anew for each run; the engines below it stay.
        cluster.stop(("web", "streaming"))
        if not keep:
            cluster.empty(config)
    return cluster.start(config, cluster.services, provisioning.show_progress(stage))


def send_load(
    cluster: Backend,
    config: model.Config,
    folder: Path,
    stage: progress.Stage,
    check: Callable[[], None],
) -> LoadResult:
    """Send the plan's requests; a request that fails does not end the load.

    `check` is called about every 0.5 s; what it raises ends the load tool and is passed on.
    """

    def watch(path: str, done: int, total: int) -> None:
        check()
        stage.update(path, done, total)

    load, port, wrap = config.load, config.app.port, cluster.load_command
    calls, files = load_plan.read_calls(load), folder / "load"
    if load.tool == "ab":
        return sequence.send(calls, load, port, files, watch, wrap)
    return mixture.send(calls, load, config.seed, port, files, watch, wrap)


def drain(
    cluster: Backend,
    config: model.Config,
    observers: Observers,
    stage: progress.Stage,
    check: Callable[[], None],
) -> result.Drained:
    """Wait until Presto returns every accepted event, and return the moment it did.

    `check` is called again and again; what it raises ends the drain and is passed on.
    """

    def watch(awaited: str) -> None:
        check()
        stage.update(awaited)

    cluster.settle(watch)
    try:
        return result.Drained(observers.drain(config.deadlines.drain_s, watch))
    except InvalidRun as late:
        return result.Drained(None, f"{late.what} {late.why}")


def verify(
    config: model.Config,
    observers: Observers,
    load: LoadResult,
    stage: progress.Stage,
    *,
    keep: bool,
) -> Verified:
    """Reconcile the counts of all observers, and check the content of every row."""
    stage.update("reads every row")
    # With other events kept, or requests lost to a fault, the plan does not give the events.
    judged = not keep and config.fault.name is None
    calls = load_plan.read_calls(config.load)
    return observers.reconcile(
        load, expected_events.plan_events(calls, config.seed) if judged else None
    )


def ask_queries(observers: Observers, verified: Verified, stage: progress.Stage) -> list[Answer]:
    """Ask the report's queries, and compare the answers with those that follow from the events."""
    stage.update("asks the queries of sql/report")
    return observers.compare_answers(verified.due)
