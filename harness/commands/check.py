"""`check`: the working tree against a commit, in pairs of runs on clusters of their own."""

import os
from collections.abc import Sequence

import click

from harness.commands.cluster import get_cluster, prepare_cluster
from harness.commands.output import print_report
from harness.config import layers
from harness.errors import Inconclusive, Regression
from harness.record import store
from harness.regression import check, pairs, worktree
from harness.report.pages import check_page, results_folder
from harness.system import paths, progress


def run(base: str, profile: str, settings: Sequence[str], *, marked: bool) -> None:
    """Print whether the working tree is slower than `base`, and write the record.

    Raises Regression where it is slower than the limits allow, and Inconclusive where the figures
    do not settle it.
    """
    config = layers.load_config(profile, settings)
    # Told now, and not after a set-up of minutes.
    worktree.Repository(paths.ROOT).find_commit(base)
    with prepare_cluster("check", config):
        get_cluster().close()
        arguments = pairs.create_arguments(profile, settings, config)
        checked = check.run_check(
            paths.ROOT,
            paths.WORK,
            paths.RESULTS,
            base,
            profile,
            arguments,
            config.marks,
            progress.Display(),
            marked=marked,
        )
    store.write_file(
        paths.RESULTS / "checks" / checked.check_id / "junit.xml", check_page.render_junit(checked)
    )
    # Before what a damaged history may refuse.
    print_report(check_page.create_check_page(checked))
    page = os.path.relpath(results_folder.write_check_pages(paths.RESULTS, checked))
    click.echo(f"\nCheck: {page}")
    if checked.status == "regression":
        raise Regression("Head is slower than the limits allow.", do="read the table above")
    if checked.status == "inconclusive":
        raise Inconclusive(
            "The figures do not settle it.",
            why=f"after {len(checked.pairs)} pairs an interval still spans its limit"
            + (f"; {len(checked.apart)} more were marked, and do not count" * bool(checked.apart)),
            do="run it again where less else is going on",
        )
