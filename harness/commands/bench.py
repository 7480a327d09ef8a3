"""`bench`: one timed run or a group, on the cluster that is up or else on one of its own."""

import contextlib
from collections.abc import Sequence

import click

from harness.commands.cluster import get_cluster, prepare_cluster, share_cluster
from harness.commands.output import print_report, print_run
from harness.compare.group import summarize
from harness.config import layers, model
from harness.errors import Inconclusive, InvalidRun, UsageError
from harness.record import models, store
from harness.report.pages import group_page, results_folder, run_folder
from harness.run import marks
from harness.run.run import FinishedRun, Run, execute
from harness.system import paths, progress


def run(
    profile: str, settings: Sequence[str], *, keep: bool, repeat: int, group: str | None
) -> None:
    """Run the benchmark `repeat` times; raise the error of a run that is not valid or marked."""
    config = layers.load_config(profile, settings)
    if keep and repeat > 1:
        raise UsageError("Runs of a group start empty.", do="leave out --keep (KEEP=1)")
    if group is not None:
        store.check_group_name(paths.RESULTS, group)
    with prepare_cluster("bench", config):
        if repeat > 1:
            run_group(config, repeat, group or store.create_group_name(config.profile))
        else:
            run_once(config, keep=keep, group=group)


def run_once(config: model.Config, *, keep: bool, group: str | None = None) -> None:
    """Execute one run and print it; raise its error where it is not valid or marked."""
    ended, pages = measure(config, keep=keep, group=group)
    print_run(pages)
    results_folder.refresh_pages(paths.RESULTS)
    ended.raise_for_status()


def run_group(config: model.Config, number: int, group: str) -> None:
    """Execute `number` runs, each from the same empty state, and print them together.

    A run that is not valid does not end the group, but raises InvalidRun at its end; one that is
    marked does not end it either, and raises Inconclusive. Any other error ends it.
    """
    results: list[models.Result] = []
    try:
        with share_cluster(config):
            while len(results) < number:
                ended, pages = measure(config, keep=False, group=group)
                results.append(pages.result)
                click.echo(group_page.describe_run(pages.result, len(results), number))
                results_folder.refresh_pages(paths.RESULTS)
                if pages.result.status != "invalid":
                    # Of a run that is marked, and nothing else.
                    with contextlib.suppress(Inconclusive):
                        ended.raise_for_status()
    finally:
        if results:
            print_report(group_page.create_group_page(summarize(group, results)))
    faulty = [result.run_id for result in results if result.status != "valid"]
    if faulty:
        raise InvalidRun(
            f"{len(faulty)} of {number} runs of the group are not valid.", why=", ".join(faulty)
        )
    if marked := [result for result in results if result.marks]:
        raise marks.create_error(f"{len(marked)} of {number} runs of the group are marked", marked)


def measure(
    config: model.Config, *, keep: bool, group: str | None = None
) -> tuple[FinishedRun, run_folder.RunPages]:
    """Execute one run and write its folder; return it with its pages."""
    run_id = store.create_run_id(config.profile)
    with store.begin_run(paths.RESULTS, run_id) as folder:
        run = Run(
            run_id=run_id,
            config=config,
            cluster=get_cluster(config),
            folder=folder,
            keep=keep,
            group=group,
        )
        finished = execute(run, progress.Display())
    # Only now: the record stays, even where its pages cannot be made.
    return finished, run_folder.write_run_pages(paths.RESULTS / "runs" / run_id)
