"""`verify`: the counts, rows and answers of all events since the tables were empty."""

import click

from harness.commands.cluster import get_cluster, get_config, hold_cluster
from harness.commands.output import get_width
from harness.errors import InvalidRun
from harness.report.pages.screen import render_ladder
from harness.run.observers import Observers
from harness.system.paths import ROOT
from harness.system.progress import Display
from harness.verify import checks, expected_answers


def run() -> None:
    """Print the count ladder; raise InvalidRun where a check fails."""
    config = get_config()
    display = Display()
    reasons = []
    with hold_cluster("verify"):
        observers = Observers(get_cluster().addresses(config), ROOT / "sql", config.seed)
        try:
            with display.stage("drain") as stage:
                observers.drain(config.deadlines.drain_s, stage.update)
        except InvalidRun as late:
            # The counts still tell which events did not come.
            reasons.append(f"{late.what} {late.why}")
        with display.stage("verify"):
            verified = observers.reconcile(load=None, planned=None)
        with display.stage("report"):
            results = (
                *verified.checks,
                *expected_answers.check(observers.compare_answers(verified.due)),
            )
    click.echo(render_ladder(verified.counts, results, get_width()))
    reasons += checks.list_reasons(results)
    if reasons:
        raise InvalidRun(
            "Verification failed: stored events do not match accepted events.",
            why="; ".join(reasons),
        )
