"""The command line: verbs, their options, and what becomes of an error. No logic."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, NoReturn, ParamSpec

import click

from harness import config
from harness.config import Config
from harness.errors import INTERRUPTED, HarnessError
from harness.system import disk, lazy, signals

if TYPE_CHECKING:
    from harness.commands import records, verbs
else:
    # Those that only read would wait for the imports of those that run a cluster.
    records, verbs = lazy.module("harness.commands.records"), lazy.module("harness.commands.verbs")

P = ParamSpec("P")
FORMS = ("terminal", "markdown", "json", "csv")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def harness(debug: bool) -> None:
    """A benchmark of a real event pipeline: Flask, Kafka, Spark, HDFS, Hive metastore, Presto."""


def profiled(default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option that chooses the profile."""
    return click.option(
        "--profile", envvar="BENCH_PROFILE", default=default, help=f"Default: {default}."
    )


settings = click.option(
    *("--set", "settings"),
    envvar="BENCH_SET",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of the profile; may be given again.",
)


def configured(profile: str) -> Callable[[Callable[Concatenate[Config, P], None]], click.Command]:
    """Makes a verb of a function that takes a configuration; `profile` is the one by default."""

    def make(function: Callable[Concatenate[Config, P], None]) -> click.Command:
        @profiled(profile)
        @settings
        @functools.wraps(function)
        def verb(
            profile: str, settings: tuple[str, ...], *args: P.args, **kwargs: P.kwargs
        ) -> None:
            function(config.load(profile, settings), *args, **kwargs)

        return harness.command(function.__name__.rstrip("_"))(verb)

    return make


keep = click.option(
    "--keep", envvar="BENCH_KEEP", is_flag=True, help="Keep the events that are there already."
)


repeat = click.option(
    "--repeat",
    envvar="BENCH_REPEAT",
    type=click.IntRange(1, 100),
    default=1,
    help="Make so many runs, one group.",
)
group = click.option(
    "--group", envvar="BENCH_GROUP", default=None, help="The group's name; one is made up."
)


@configured("bench")
def all_(config: Config) -> None:
    """Set up, provision, load, verify, report, tear down."""
    verbs.all_(config)


@configured("bench")
def up(config: Config) -> None:
    """Start the cluster and leave it running."""
    verbs.up(config)


@harness.command()
def down() -> None:
    """Stop the cluster."""
    verbs.down()


@harness.command()
def status() -> None:
    """Show the cluster's services."""
    verbs.status()


@harness.command()
@click.option("--service", envvar="BENCH_SERVICE", default=None, help="Only this one, whole.")
def logs(service: str | None) -> None:
    """Show the last lines of each service's log."""
    verbs.logs(service)


@configured("bench")
@keep
@repeat
@group
def bench(config: Config, keep: bool, repeat: int, group: str | None) -> None:
    """One timed run; writes a run folder."""
    verbs.bench(config, keep, repeat, group)


@configured("smoke")
@keep
@repeat
@group
def smoke(config: Config, keep: bool, repeat: int, group: str | None) -> None:
    """One run of each of the 19 calls once."""
    verbs.bench(config, keep, repeat, group)


@configured("faults")
@click.option("--fault", envvar="BENCH_FAULT", default=None, help="Only this one, by its name.")
def faults(config: Config, fault: str | None) -> None:
    """Break one thing a run, and count every event."""
    verbs.faults(config, fault)


@configured("bench")
def squeeze(config: Config) -> None:
    """Find the smallest memory limit that is enough for a valid run."""
    verbs.squeeze(config)


@harness.command()
def verify() -> None:
    """Counts, rows and answers of all that was accepted since the tables were empty."""
    verbs.verify()


chosen = click.option(
    "--run", envvar="BENCH_RUN", default="latest", help="A run's id, `latest`, `latest~1`, a path."
)


@harness.command()
@chosen
def report(run: str) -> None:
    """Make a run's pages anew from its record, and show it."""
    records.report(run)


@harness.command()
@chosen
def example(run: str) -> None:
    """Make docs/example from a run: its pages, and the README's picture of them."""
    records.example(run)


@harness.command("open")
@chosen
def open_(run: str) -> None:
    """Open a run's page in the browser."""
    records.open_(run)


@harness.command()
@click.argument("a", envvar="BENCH_A")
@click.argument("b", envvar="BENCH_B")
@click.option(
    *("--format", "form"),
    envvar="BENCH_FORMAT",
    type=click.Choice(FORMS),
    default="terminal",
)
@click.option(
    "--anyway", envvar="BENCH_ANYWAY", is_flag=True, help="Compare even what is not comparable."
)
def compare(a: str, b: str, form: str, anyway: bool) -> None:
    """Show run or group B beside A: ids, `latest`, `latest~1`, paths, names of groups."""
    records.compare(a, b, form, anyway)


@harness.command()
@click.option("--profile", envvar="BENCH_PROFILE", default=None, help="Default: the last run's.")
@click.option("--withdraw", envvar="BENCH_WITHDRAW", metavar="RUN", help="Take a run out of it.")
@click.option("--reason", envvar="BENCH_REASON", default="", help="Why it is withdrawn.")
def history(profile: str | None, withdraw: str | None, reason: str) -> None:
    """Show the trend of all valid runs."""
    if withdraw is None:
        records.history(profile)
    else:
        records.withdraw(withdraw, reason)


@harness.command()
@click.option("--base", envvar="BENCH_BASE", required=True, help="A branch, tag or commit.")
@profiled("bench")
@settings
def check(base: str, profile: str, settings: tuple[str, ...]) -> None:
    """Tell whether the working tree is slower than a commit, by pairs of runs."""
    verbs.check(base, profile, settings)


@harness.command()
@profiled("bench")
@settings
def baseline(profile: str, settings: tuple[str, ...]) -> None:
    """Tell how often a check is wrong on this host, by pairs of runs of equal code."""
    verbs.baseline(profile, settings)


@harness.command()
@click.argument("query", envvar="BENCH_SQL", required=False)
def sql(query: str | None) -> None:
    """Presto's command line client: a query, one from standard input, or a prompt."""
    verbs.sql(query)


@configured("bench")
def setup(config: Config) -> None:
    """Fetch and prepare what a run needs; nothing to do the second time."""
    verbs.setup(config)


def main() -> NoReturn:
    """Runs one verb; a failure that a person can act on is printed without a traceback."""
    signals.heed()
    try:
        with disk.watched():
            harness.main(standalone_mode=False)
    except HarnessError as error:
        if "--debug" in sys.argv[1:]:
            raise
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(0)
