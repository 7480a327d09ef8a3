"""`baseline`: the noise of this host, from pairs of runs of the working tree with itself."""

import os
from collections.abc import Sequence

import click

from harness.commands.cluster import get_cluster, prepare_cluster
from harness.commands.output import print_report
from harness.config import layers
from harness.record import noise_record, store
from harness.regression import noise_baseline, pairs
from harness.report.pages import noise_page
from harness.report.render import markdown
from harness.system import paths, progress


def run(profile: str, settings: Sequence[str], *, marked: bool) -> None:
    """Record pairs, and print how often a check is wrong here, by all pairs recorded so far."""
    config = layers.load_config(profile, settings)
    with prepare_cluster("baseline", config):
        get_cluster().close()
        arguments = pairs.create_arguments(profile, settings, config)
        baseline = noise_baseline.record_sitting(
            paths.ROOT,
            paths.WORK,
            paths.RESULTS,
            arguments,
            config.marks,
            progress.Display(),
            marked=marked,
        )
    page = noise_page.create_noise_page(baseline)
    path = noise_record.locate_baseline(paths.RESULTS, baseline.series).with_suffix(".md")
    store.write_file(path, markdown.render_report(page))
    print_report(page)
    click.echo(f"\nBaseline: {os.path.relpath(path)}")
