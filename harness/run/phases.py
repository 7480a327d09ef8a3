"""The run: its phases, in order."""

from __future__ import annotations

import os
from collections.abc import Callable

from harness.config import plan
from harness.errors import HarnessError, InvalidRun
from harness.faults import outcome
from harness.load import mixture, sequence
from harness.record.models import PhaseName
from harness.run import provisioning
from harness.run.run import Run
from harness.system.process import Identity
from harness.system.progress import Stage
from harness.system.signals import deferred
from harness.verify import answers, expected

# What is measured starts afresh for each run; the engines below it stay.
MEASURED = ("web", "streaming")


def execute(run: Run) -> None:
    """Goes through the phases; the first that fails is the last but for the teardown.

    What was measured until then stays in `run`, and what ended it in `run.error`.
    """
    try:
        for name, phase in PHASES.items():
            with run.phase(name) as stage:
                phase(run, stage)
    except (HarnessError, KeyboardInterrupt) as error:
        run.error = error
    try:
        with deferred(), run.phase("teardown"):
            run.blame_memory()
            teardown(run)
    except HarnessError as error:
        # What was measured stays all the same.
        run.error = run.error or error


def provision(run: Run, stage: Stage) -> None:
    """Makes the cluster ready and, unless told to keep what is there, empty."""
    state = run.cluster.state()
    if state is None:
        run.owned = True
        run.cluster.open(run.config, Identity.of(os.getpid()), warming_up=run.warming_up)
    else:
        provisioning.check_same(state, run.config)
        if run.keep:
            provisioning.check_seed(state, run.config)
        run.cluster.stop(MEASURED)
        if not run.keep:
            run.cluster.empty(run.config)
    run.ready_s = run.cluster.start(run.config, run.cluster.services, provisioning.watch(stage))
    if not run.keep:
        run.witnesses.check_empty()
    run.earlier = len(run.witnesses.ledger().accepted)
    run.sampler.follow(run.witnesses.follow())


def load(run: Run, stage: Stage) -> None:
    """Sends the plan's requests; one that fails makes the run not valid, and it goes on."""
    settings = run.config.load

    def watch(path: str, done: int, total: int) -> None:
        run.check()
        if run.injection:
            run.injection.tick()
        stage.update(path, done, total)

    run.begin = run.sampler.take_snapshot()
    calls, folder = plan.read_calls(settings), run.folder / "load"
    port, wrap = run.config.app.port, run.cluster.load_command
    try:
        if settings.tool == "ab":
            run.sent = sequence.send(calls, settings, port, folder, watch, wrap)
        else:
            run.sent = mixture.send(calls, settings, run.config.seed, port, folder, watch, wrap)
    finally:
        if run.injection:
            run.injection.end()
    if run.injection:
        run.judge(outcome.answers(run.sent))
    else:
        run.reasons += run.sent.reasons


def drain(run: Run, stage: Stage) -> None:
    """Waits until Presto returns all that was accepted, and notes the moment."""

    def watch(awaited: str) -> None:
        run.check()
        stage.update(awaited)

    run.cluster.settle(watch)
    try:
        run.queryable = run.witnesses.drain(run.config.deadlines.drain_s, watch)
    except InvalidRun as late:
        run.reasons.append(f"{late.what} {late.why}")
    run.end = run.sampler.take_snapshot()


def verify(run: Run, stage: Stage) -> None:
    """Climbs the count ladder, and samples into every row."""
    stage.update("reads every row")
    calls, seed = plan.read_calls(run.config.load), run.config.seed
    planned = None if run.keep or run.injection else expected.planned(calls, seed)
    found = run.witnesses.climb(run.sent, planned)
    run.counts, run.committed, run.due = found.counts, found.committed, found.due
    run.parquet_bytes = found.parquet_bytes
    run.topic_bytes = run.cluster.topic_bytes(run.config)
    run.judge(found.checks)
    if run.injection:
        run.restarted = run.cluster.restarts()
        run.judge(outcome.came_about(run.injection, run.restarts()))


def report(run: Run, stage: Stage) -> None:
    """Asks the analyst's questions, and compares the answers with those that follow."""
    stage.update("asks the queries of sql/report")
    run.answers = run.witnesses.answers(run.due)
    run.judge(answers.check(run.answers))


def teardown(run: Run) -> None:
    """Leaves the cluster as it was found."""
    run.committed_rows = run.witnesses.committed_rows()
    run.restarted = run.cluster.restarts()
    if run.owned:
        run.cluster.close()


PHASES: dict[PhaseName, Callable[[Run, Stage], None]] = {
    "provision": provision,
    "load": load,
    "drain": drain,
    "verify": verify,
    "report": report,
}
