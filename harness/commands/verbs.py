"""What each verb does, in terms of the cluster, the pipeline and the records."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from random import Random

import click
from tabulate import tabulate

from harness import cgroup
from harness import config as configuration
from harness.cluster import artifacts
from harness.cluster.backends import backend
from harness.cluster.backends.backend import Backend
from harness.cluster.state import State
from harness.commands.records import show, width
from harness.compare.group import summarize
from harness.config import Config, plan
from harness.errors import (
    Inconclusive,
    InvalidRun,
    Missing,
    OverBudget,
    Regression,
    ServiceFailed,
    UsageError,
)
from harness.faults import registry
from harness.faults.fault import Fault, Scene
from harness.record import fault_record as faults_record
from harness.record import noise_record as baseline_record
from harness.record import store
from harness.record.check_record import SideName
from harness.record.models import Result
from harness.regression import check as checking
from harness.regression import pairs
from harness.regression import sitting as baselines
from harness.report.pages import check_page as checked_page
from harness.report.pages import fault_page as faults_page
from harness.report.pages import group_page, results_folder, run_folder
from harness.report.pages import noise_page as baseline_page
from harness.report.pages.run_folder import Pages
from harness.report.render import markdown, terminal
from harness.run import phases, provisioning
from harness.run import setup as setting_up
from harness.run.observers import Witnesses
from harness.run.run import Run
from harness.search import memory as squeezing
from harness.system import locks, programs
from harness.system.paths import RESULTS, ROOT, WORK
from harness.system.process import Identity
from harness.system.progress import Display
from harness.system.signals import deferred
from harness.verify import answers, checks

CLUSTER = WORK / "cluster"
LAST_LINES = 20


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


def bench(config: Config, keep: bool, repeat: int, group: str | None) -> None:
    """One run or a group of them, on the cluster that is up or else on one of their own."""
    if keep and repeat > 1:
        raise UsageError("Runs of a group start empty.", do="leave out --keep (KEEP=1)")
    if group is not None:
        store.check_group(RESULTS, group)
    with at_work("bench"):
        setting_up.ensure(ROOT, WORK, config, Display())
        if repeat > 1:
            run_group(config, repeat, group or store.new_group(config.profile))
        else:
            run(config, keep, group)


def run(config: Config, keep: bool, group: str | None = None) -> None:
    """Executes one run, keeps its record and shows it; raises what it was not fine for."""
    one, made = measure(config, keep, group)
    show(made)
    results_folder.refresh(RESULTS)
    one.raise_for_status()


def run_group(config: Config, number: int, group: str) -> None:
    """Executes several runs, each from the same empty state, and shows them together.

    One that is not valid does not end the group, but raises InvalidRun at its end; whatever else
    goes wrong ends it.
    """
    results: list[Result] = []
    try:
        with one_cluster(config):
            while len(results) < number:
                one, made = measure(config, keep=False, group=group)
                result = made.result
                results.append(result)
                click.echo(group_page.line(result, len(results), number))
                results_folder.refresh(RESULTS)
                if result.status != "invalid":
                    one.raise_for_status()
    finally:
        if results:
            click.echo(terminal.page(group_page.report(summarize(group, results)), width()))
    faulty = [result.run_id for result in results if result.status != "valid"]
    if faulty:
        raise InvalidRun(
            f"{len(faulty)} of {number} runs of the group are not valid.", why=", ".join(faulty)
        )


def measure(config: Config, keep: bool, group: str | None = None) -> tuple[Run, Pages]:
    """Executes one run, keeps its record and makes its pages."""
    run_id = store.new_id(config.profile)
    with store.begin(RESULTS, run_id) as folder:
        one = Run(run_id, config, cluster(config), folder, Display(), keep, group=group)
        phases.execute(one)
        with deferred():
            one.write()
    # Only now: what is measured stays, whatever becomes of its pages.
    return one, run_folder.write(RESULTS / "runs" / run_id)


def faults(config: Config, name: str | None) -> None:
    """Breaks one thing a run, every one there is or the one of that name, and shows the events.

    Raises InvalidRun where a promise was not kept, and UsageError where the load is not an open
    loop, which alone goes on through an outage.
    """
    if config.load.rate_per_s is None:
        raise UsageError("Faults need a load at a rate.", do='leave it to PROFILE="faults"')
    chosen = registry.FAULTS if name is None else (registry.find(name),)
    faults_id, started, began = store.new_id("faults"), datetime.now(UTC), time.monotonic()
    rows: list[faults_record.Row] = []
    with at_work("faults"):
        setting_up.ensure(ROOT, WORK, config, Display())
        for row in break_each(config, chosen):
            rows.append(row)
            click.echo(faults_page.line(row))
            made = faults_record.Faults(
                faults_id=faults_id,
                profile=config.profile,
                requests=sum(call.requests for call in plan.read_calls(config.load)),
                rate_per_s=config.load.rate_per_s,
                started_utc=started,
                duration_s=time.monotonic() - began,
                rows=tuple(rows),
            )
            # Each time anew: who ends it early keeps what there is.
            page = results_folder.broken(RESULTS, made)
    click.echo(terminal.page(faults_page.report(made), width()))
    click.echo(f"\nFaults: {os.path.relpath(page)}")
    if failed := [row.fault for row in rows if row.verdict == "FAILED"]:
        raise InvalidRun(f"{len(failed)} of {len(rows)} promises failed.", why=", ".join(failed))


def break_each(config: Config, chosen: Sequence[Fault]) -> Iterator[faults_record.Row]:
    """Executes the fault runs; on one cluster those that do not each need one of their own."""
    together = [fault for fault in chosen if not fault.alone]
    with one_cluster(config) if len(together) > 1 else nullcontext():
        for fault in together:
            yield break_one(registry.configured(config, fault), fault)
    for fault in chosen:
        if fault.alone:
            yield break_one(registry.configured(config, fault), fault)


def break_one(config: Config, fault: Fault) -> faults_record.Row:
    """Executes one fault run; raises what hindered it, where that is not the fault."""
    because = fault.hindrance(Scene(cluster(), config, Random(config.seed)))
    if because is not None:
        return faults_record.Row(
            fault=fault.name, text=fault.text, verdict="not run", why=(because,)
        )
    one, made = measure(config, keep=False)
    if not isinstance(one.error, ServiceFailed | InvalidRun | OverBudget | None):
        raise one.error
    return faults_record.row(made.result)


def squeeze(config: Config) -> None:
    """Finds the smallest memory limit under which the profile is still valid.

    Each limit is tried by a run on a cluster of its own. Raises Missing where nothing enforces a
    limit, and what hindered a run that did not fail for want of memory.
    """
    with at_work("squeeze"):
        setting_up.ensure(ROOT, WORK, config, Display())
        cluster().close()
        if not cgroup.enforceable(config.budget):
            raise Missing(
                "A memory limit cannot be enforced here.",
                why="no cgroup of this machine can be written",
                do="run it as root, or where systemd has delegated a cgroup to you",
            )
        probes: list[squeezing.Probe] = []

        def holds(limit: int) -> bool:
            changed = config.budget.model_copy(update={"memory": limit})
            one, made = measure(config.model_copy(update={"budget": changed}), keep=False)
            results_folder.refresh(RESULTS)
            if not isinstance(one.error, ServiceFailed | InvalidRun | OverBudget | None):
                raise one.error
            probes.append(squeezing.Probe(limit, made.result))
            return probes[-1].holds

        least = squeezing.smallest(config.budget.memory, holds)
    click.echo(terminal.section(squeezing.report(probes, least), width()))


@contextmanager
def one_cluster(config: Config) -> Iterator[None]:
    """A cluster for several runs: the one that is up, or else one that ends with the block."""
    ours, display = cluster(config), Display()
    if ours.state() is not None:
        yield
        return
    try:
        ours.open(config, Identity.of(os.getpid()))
        with display.stage("provision") as stage:
            ours.start(config, ours.services, provisioning.watch(stage))
        yield
    finally:
        with deferred(), display.stage("teardown"):
            ours.close()


def up(config: Config) -> None:
    """Starts the cluster, or those of its services that do not run or not so, and leaves it."""
    display = Display()
    with at_work("up"):
        setting_up.ensure(ROOT, WORK, config, display)
        ours = cluster(config)
        state = ours.state()
        if state is None:
            ours.open(config, owner=None)
        else:
            provisioning.check_seed(state, config)
            provisioning.check_same(state, config)
            ours.stop(provisioning.changed(state, config))
        try:
            with display.stage("provision") as stage:
                ours.start(config, ours.services, provisioning.watch(stage))
        except BaseException:
            ours.close()
            raise
    status()


def down() -> None:
    """Stops the cluster, and ends what a killed supervisor has left."""
    with at_work("down"), Display().stage("teardown"):
        for one in clusters():
            one.close()


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


def check(base: str, profile: str, settings: Sequence[str]) -> None:
    """Checks the working tree against a commit, in pairs of runs on clusters of their own.

    Raises Regression where it is slower than the limits allow, and Inconclusive where the figures
    do not settle it.
    """
    with pairs_at_work("check", profile, settings) as arguments:
        checked = checking.run(ROOT, WORK, RESULTS, base, profile, arguments, Display())
    folder = RESULTS / "checks" / checked.check_id
    store.put(folder / "junit.xml", checked_page.junit(checked))
    page = os.path.relpath(results_folder.checked(RESULTS, checked))
    click.echo(terminal.page(checked_page.report(checked), width()))
    click.echo(f"\nCheck: {page}")
    if checked.status == "regression":
        raise Regression("Head is slower than the limits allow.", do="read the table above")
    if checked.status == "inconclusive":
        raise Inconclusive(
            "The figures do not settle it.",
            why=f"after {len(checked.pairs)} pairs an interval still spans its limit",
            do="run it again where less else is going on",
        )


def baseline(profile: str, settings: Sequence[str]) -> None:
    """Records the noise of this host in pairs of runs of the working tree with itself.

    Shows, from all pairs recorded so far, how often a check is wrong here.
    """
    with pairs_at_work("baseline", profile, settings) as arguments:
        made = baselines.record(ROOT, WORK, RESULTS, arguments, Display())
    page = baseline_page.report(made)
    path = baseline_record.path(RESULTS, made.series).with_suffix(".md")
    store.put(path, markdown.page(page))
    click.echo(terminal.page(page, width()))
    click.echo(f"\nBaseline: {os.path.relpath(path)}")


@contextmanager
def pairs_at_work(
    verb: str, profile: str, settings: Sequence[str]
) -> Iterator[Mapping[SideName, Sequence[str]]]:
    """The arguments of each side's verbs, once nothing stands in their way."""
    config = configuration.load(profile, settings)
    with at_work(verb):
        setting_up.ensure(ROOT, WORK, config, Display())
        cluster().close()
        yield pairs.arguments(profile, settings, config)


def sql(query: str | None) -> None:
    """Asks Presto by its own client: one query, or at a prompt.

    Raises UsageError for a query that fails.
    """
    server = cluster().addresses(standing_config()).presto
    if server.engine == "trino":
        raise Missing(
            "Presto's client does not speak with Trino.",
            do=f"trino --server {server.url} --catalog {server.catalog} --schema {server.schema}",
        )
    found = programs.java()
    if found is None:
        raise Missing("There is no Java for Presto's client.", do="`make doctor` names it")
    if query is None and not sys.stdin.isatty():
        query = sys.stdin.read()
    java = str(found.home / "bin" / "java")
    client = [
        *(java, "-jar", str(artifacts.at(ROOT).presto_cli)),
        *("--server", server.url, "--catalog", server.catalog),
        *("--schema", server.schema, "--user", server.user),
        *(["--password"] if server.password else []),
    ]
    environment = {**os.environ, "PRESTO_PASSWORD": server.password or ""}
    if query is None:
        os.execve(java, client, environment)
    asked = subprocess.run([*client, "--execute", query], env=environment, check=False)
    if asked.returncode != 0:
        raise UsageError("Presto did not answer the query.", why="its own words are above")


def cluster(config: Config | None = None) -> Backend:
    """The cluster of this repository: the one that is up, or else one to be made for `config`."""
    return backend.of(ROOT, CLUSTER, config)


def clusters() -> tuple[Backend, ...]:
    """That of this repository, and the one of a rehearsal."""
    return cluster(), backend.of(ROOT, setting_up.rehearsal_folder(WORK))


def standing() -> State:
    """The state of the cluster; raises Missing where none is up."""
    state = cluster().state()
    if state is None:
        raise Missing("No cluster is up.", do="start one with `make up`")
    return state


def standing_config() -> Config:
    """The configuration that the standing cluster runs under."""
    return configuration.restore(standing().config)


@contextmanager
def at_work(verb: str) -> Iterator[None]:
    """Keeps others from this cluster; what is found in the work folder is for its user alone.

    One whose owner was killed has ended when the block begins, and so has a rehearsal's.
    """
    WORK.mkdir(mode=0o700, exist_ok=True)
    with locks.hold(WORK / "lock", verb):
        for one in clusters():
            one.sweep()
        yield
