"""What each verb does, in terms of the cluster, the pipeline and the records."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from tabulate import tabulate

from harness import lock, pipeline, provisioning
from harness import setup as setting_up
from harness import squeeze as squeezing
from harness.cluster import budget, services
from harness.cluster.native import NativeCluster
from harness.cluster.state import State
from harness.config import Config
from harness.errors import InvalidRun, Missing, OverBudget, ServiceFailed, UsageError
from harness.interrupts import deferred
from harness.progress import Display
from harness.record import store
from harness.record.models import Result
from harness.report import markdown, terminal
from harness.run import Run
from harness.verify import answers, checks
from harness.witnesses import Witnesses

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".work"
CLUSTER = WORK / "cluster"
RESULTS = ROOT / "results"
LAST_LINES = 20
PIPED_COLUMNS = 100


def setup(config: Config) -> None:
    """Fetches, checks and prepares what a run needs."""
    with at_work("setup"):
        setting_up.ensure(ROOT, WORK, config, Display())


def all_(config: Config) -> None:
    """One run from nothing to nothing, on a cluster of its own."""
    with at_work("all"):
        setting_up.ensure(ROOT, WORK, config, Display())
        cluster().close()
        run(config, keep=False)


def bench(config: Config, keep: bool) -> None:
    """One run, on the cluster that is up or else on one of its own."""
    with at_work("bench"):
        setting_up.ensure(ROOT, WORK, config, Display())
        run(config, keep)


def run(config: Config, keep: bool) -> None:
    """Executes one run, keeps its record and shows it; raises what it was not fine for."""
    one, result = measured(config, keep)
    show(result, RESULTS / "runs" / one.run_id)
    one.raise_for_status()


def measured(config: Config, keep: bool) -> tuple[Run, Result]:
    """Executes one run and keeps its record."""
    run_id = store.new_id(config.profile)
    with store.begin(RESULTS, run_id) as folder:
        one = Run(run_id, config, cluster(), folder, Display(), keep)
        pipeline.execute(one)
        with deferred():
            return one, one.write()


def squeeze(config: Config) -> None:
    """Finds the smallest memory limit under which the profile is still valid.

    Each limit is tried by a run on a cluster of its own. Raises Missing where nothing enforces a
    limit, and what hindered a run that did not fail for want of memory.
    """
    with at_work("squeeze"):
        setting_up.ensure(ROOT, WORK, config, Display())
        cluster().close()
        if not budget.enforceable(config.budget):
            raise Missing(
                "A memory limit cannot be enforced here.",
                why="no cgroup of this machine can be written",
                do="run it as root, or where systemd has delegated a cgroup to you",
            )
        probes: list[squeezing.Probe] = []

        def holds(limit: int) -> bool:
            changed = config.budget.model_copy(update={"memory": limit})
            one, result = measured(config.model_copy(update={"budget": changed}), keep=False)
            if not isinstance(one.error, ServiceFailed | InvalidRun | OverBudget | None):
                raise one.error
            probes.append(squeezing.Probe(limit, result))
            return probes[-1].holds

        least = squeezing.smallest(config.budget.memory, holds)
    click.echo(terminal.section(squeezing.report(probes, least), width()))


def up(config: Config) -> None:
    """Starts the cluster, or those of its services that do not run, and leaves it running."""
    display = Display()
    with at_work("up"):
        setting_up.ensure(ROOT, WORK, config, display)
        state = cluster().state()
        if state is None:
            cluster().open(config, owner=None)
        else:
            provisioning.check_seed(state, config)
            provisioning.check_same(state, config)
        try:
            with display.stage("provision") as stage:
                cluster().start(config, services.NAMES, provisioning.watch(stage))
        except BaseException:
            cluster().close()
            raise
    status()


def down() -> None:
    """Stops the cluster, and ends what a killed supervisor has left."""
    with at_work("down"), Display().stage("teardown"):
        cluster().close()
        NativeCluster(ROOT, setting_up.rehearsal_folder(WORK)).close()


def status() -> None:
    """Prints the services of the cluster; raises ServiceFailed where one has died."""
    state = standing()
    rows = [
        (name, status.health, status.leader and status.leader.pid, status.ready_s)
        for name, status in state.services.items()
    ]
    headers = ("service", "health", "pid", "ready after s")
    click.echo(tabulate(rows, headers, floatfmt=".1f"))
    cluster().check()


def logs(service: str | None) -> None:
    """Prints the last lines of every service's log, or one service's whole."""
    folder = CLUSTER / "logs"
    found = sorted(path.stem for path in folder.glob("*.log"))
    if not found:
        raise Missing("There are no logs: no cluster has been started.", do="`make up`")
    if service is not None and service not in found:
        raise UsageError(f"There is no log of {service!r}.", do=f"use one of {', '.join(found)}")
    for name in [service] if service else found:
        lines = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        click.echo(f"== {name}: {folder / name}.log")
        click.echo("\n".join(lines if service else lines[-LAST_LINES:]))


def verify() -> None:
    """The counts, rows and answers of what was accepted since the tables were empty."""
    config = standing_config()
    display = Display()
    reasons = []
    with at_work("verify"):
        witnesses = Witnesses(cluster().addresses(config), ROOT / "sql", config.seed)
        try:
            with display.stage("drain") as stage:
                witnesses.drain(config.deadlines.drain_s, stage.update)
        except InvalidRun as late:
            # Which events did not come is what is wanted now.
            reasons.append(f"{late.what} {late.why}")
        with display.stage("verify"):
            found = witnesses.climb(sent=None, planned=None)
        with display.stage("report"):
            made = (*found.checks, *answers.check(witnesses.answers(found.due)))
    click.echo(terminal.ladder(found.counts, made, width()))
    reasons += checks.reasons(made)
    if reasons:
        raise InvalidRun("What was accepted is not what is there.", why="; ".join(reasons))


def report(name: str) -> None:
    """Shows a run's report, and writes its report.md anew from its record."""
    folder = store.find(RESULTS, name)
    result = store.read(folder)
    (folder / "report.md").write_text(markdown.render(result), encoding="utf-8")
    show(result, folder)


def width() -> int:
    """How many columns there are to print on."""
    return shutil.get_terminal_size((PIPED_COLUMNS, 0)).columns


def show(result: Result, folder: Path) -> None:
    """Prints a record, and where its page is."""
    click.echo(terminal.render(result, width()))
    click.echo(f"\nReport: {folder / 'report.md'}")


def sql(query: str | None) -> None:
    """Asks Presto by its own client: one query, or at a prompt.

    Raises UsageError for a query that fails.
    """
    config = standing_config()
    site = cluster().site(config)
    if query is None and not sys.stdin.isatty():
        query = sys.stdin.read()
    java = str(site.programs.java_home / "bin" / "java")
    client = [
        *(java, "-jar", str(site.artifacts.presto_cli)),
        *("--server", cluster().addresses(config).presto, "--catalog", "hive"),
        *("--schema", "default", "--user", cluster().addresses(config).user),
    ]
    if query is None:
        os.execv(java, client)
    if subprocess.run([*client, "--execute", query], check=False).returncode != 0:
        raise UsageError("Presto did not answer the query.", why="its own words are above")


def cluster() -> NativeCluster:
    """The cluster of this repository."""
    return NativeCluster(ROOT, CLUSTER)


def standing() -> State:
    """The state of the cluster; raises Missing where none is up."""
    state = cluster().state()
    if state is None:
        raise Missing("No cluster is up.", do="start one with `make up`")
    return state


def standing_config() -> Config:
    """The configuration that the standing cluster runs under."""
    return Config.model_validate(standing().config)


@contextmanager
def at_work(verb: str) -> Iterator[None]:
    """Keeps others from this cluster; what is found in the work folder is for its user alone."""
    WORK.mkdir(mode=0o700, exist_ok=True)
    with lock.held(WORK / "lock", verb):
        yield
