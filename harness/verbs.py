"""What each verb does, in terms of the cluster, the pipeline and the records."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from tabulate import tabulate

from harness import baseline as baselines
from harness import check as checking
from harness import config as configuration
from harness import lock, pipeline, programs, provisioning
from harness import setup as setting_up
from harness import squeeze as squeezing
from harness.cluster import artifacts, backend, budget
from harness.cluster.backend import Backend
from harness.cluster.state import State
from harness.compare import comparison
from harness.compare.comparison import Comparison
from harness.compare.group import summarize
from harness.config import Config
from harness.errors import (
    Inconclusive,
    InvalidRun,
    Missing,
    OverBudget,
    Regression,
    ServiceFailed,
    UsageError,
)
from harness.interrupts import deferred
from harness.process import Identity
from harness.progress import Display
from harness.record import baseline as baseline_record
from harness.record import history as trail
from harness.record import store
from harness.record.index import HISTORY_PAGE
from harness.record.models import Result
from harness.report import baseline as baseline_page
from harness.report import checked as checked_page
from harness.report import comparison as comparison_page
from harness.report import markdown, pages, repeats, screen, site, terminal, trend
from harness.report.pages import Pages
from harness.run import Run
from harness.verify import answers, checks
from harness.witnesses import Witnesses

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".work"
CLUSTER = WORK / "cluster"
RESULTS = ROOT / "results"
EXAMPLE = ROOT / "docs" / "example"
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
    site.refresh(RESULTS)
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
                click.echo(repeats.line(result, len(results), number))
                site.refresh(RESULTS)
                if result.status != "invalid":
                    one.raise_for_status()
    finally:
        if results:
            click.echo(terminal.page(repeats.report(summarize(group, results)), width()))
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
        pipeline.execute(one)
        with deferred():
            one.write()
    # Only now: what is measured stays, whatever becomes of its pages.
    return one, pages.write(RESULTS / "runs" / run_id)


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
            one, made = measure(config.model_copy(update={"budget": changed}), keep=False)
            site.refresh(RESULTS)
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
    """Starts the cluster, or those of its services that do not run, and leaves it running."""
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
        cluster().close()
        backend.of(ROOT, setting_up.rehearsal_folder(WORK)).close()


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
    """Makes a run's pages anew from its folder, and shows it."""
    made = pages.write(store.find(RESULTS, name))
    site.refresh(RESULTS)
    show(made)


def open_(name: str) -> None:
    """Opens a run's page in the browser; raises Missing where none opens."""
    folder = store.find(RESULTS, name)
    page = folder / pages.PAGE
    if not page.exists():
        pages.write(folder)
    click.echo(page)
    if not webbrowser.open(page.resolve().as_uri()):
        raise Missing("No browser opens here.", do=f"open {page} in one, here or elsewhere")


def example(name: str) -> None:
    """Makes docs/example anew from a run."""
    # Here: no other verb needs a browser's library.
    from harness import example as made  # noqa: PLC0415

    made.make(store.find(RESULTS, name), EXAMPLE)
    click.echo(os.path.relpath(EXAMPLE / pages.PAGE))


def compare(a: str, b: str, form: str, anyway: bool) -> None:
    """Shows two runs or groups beside each other."""
    made = comparison.compare(comparison.choose(RESULTS, a), comparison.choose(RESULTS, b), anyway)
    page = os.path.relpath(site.compared(RESULTS, made))
    click.echo(FORMS[form](made).rstrip("\n"))
    # What is printed in the other forms is for a file or a program.
    click.echo(f"\nComparison: {page}", err=form != "terminal")


def history(profile: str | None) -> None:
    """Shows the valid runs that were made like the newest one, or the newest of a profile."""
    site.refresh(RESULTS)
    entries = trail.entries(RESULTS)
    newest = trend.newest(entries, profile)[:1]
    if not newest:
        raise UsageError("There is no valid run in the history.", do="`make bench` makes one")
    others, gone = len(entries) - len(newest[0]), len(trail.withdrawn(RESULTS))
    click.echo(terminal.page(trend.report(newest, others, gone), width()))
    click.echo(f"\nHistory: {os.path.relpath(RESULTS / HISTORY_PAGE)}")


def withdraw(reference: str, reason: str) -> None:
    """Takes a run, or the runs of a group, out of the history; a run's folder may be gone."""
    trail.update(RESULTS)
    kept = {entry.run_id for entry in trail.entries(RESULTS)}
    found = () if reference in kept else store.find_all(RESULTS, reference)
    run_ids = [folder.name for folder in found] or [reference]
    trail.withdraw(RESULTS, run_ids, reason)
    site.withdrawn(RESULTS)
    click.echo(f"Withdrawn: {', '.join(run_ids)}")


def width() -> int:
    """How many columns there are to print on."""
    return shutil.get_terminal_size((PIPED_COLUMNS, 0)).columns


def show(made: Pages) -> None:
    """Prints a run on one screen, with where its page is."""
    click.echo(screen.render(made.result, made.curves, os.path.relpath(made.report), width()))


def check(base: str, profile: str, settings: Sequence[str]) -> None:
    """Checks the working tree against a commit, in pairs of runs on clusters of their own.

    Raises Regression where it is slower than the limits allow, and Inconclusive where the figures
    do not settle it.
    """
    with pairs_at_work("check", profile, settings) as arguments:
        checked = checking.run(ROOT, WORK, RESULTS, base, profile, arguments, Display())
    folder = RESULTS / "checks" / checked.check_id
    store.put(folder / "junit.xml", checked_page.junit(checked))
    page = os.path.relpath(site.checked(RESULTS, checked))
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
def pairs_at_work(verb: str, profile: str, settings: Sequence[str]) -> Iterator[list[str]]:
    """The arguments of `bench` for the runs of pairs, once nothing stands in their way."""
    config = configuration.load(profile, settings)
    with at_work(verb):
        setting_up.ensure(ROOT, WORK, config, Display())
        cluster().close()
        yield ["--profile", profile, *(f"--set={setting}" for setting in settings)]


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


# How a comparison is written.
FORMS: dict[str, Callable[[Comparison], str]] = {
    "terminal": lambda made: terminal.page(comparison_page.report(made), width()),
    "markdown": lambda made: markdown.page(comparison_page.report(made)),
    "json": lambda made: made.model_dump_json(indent=2),
    "csv": comparison_page.as_csv,
}


def cluster(config: Config | None = None) -> Backend:
    """The cluster of this repository: the one that is up, or else one to be made for `config`."""
    return backend.of(ROOT, CLUSTER, config)


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
    """Keeps others from this cluster; what is found in the work folder is for its user alone."""
    WORK.mkdir(mode=0o700, exist_ok=True)
    with lock.held(WORK / "lock", verb):
        yield
