"""`squeeze`: the memory search, a run on a cluster of its own for each limit."""

from collections.abc import Sequence

import click

from harness import cgroup
from harness.commands.bench import measure
from harness.commands.cluster import get_cluster, prepare_cluster
from harness.commands.output import get_width
from harness.config import layers
from harness.errors import InvalidRun, Missing, OverBudget, ServiceFailed
from harness.report.pages import results_folder
from harness.report.render import terminal
from harness.search import memory_limit
from harness.system import paths


def run(profile: str, settings: Sequence[str]) -> None:
    """Find the smallest memory limit under which the profile is still valid.

    Raises Missing where a memory limit cannot be enforced, and an error of a run that has another
    cause than the want of memory.
    """
    config = layers.load_config(profile, settings)
    with prepare_cluster("squeeze", config):
        get_cluster().close()
        if not cgroup.can_enforce(config.budget):
            raise Missing(
                "A memory limit cannot be enforced here.",
                why="no cgroup of this machine can be written",
                do="run it as root, or where systemd has delegated a cgroup to you",
            )
        probes: list[memory_limit.Probe] = []

        def holds(limit: int) -> bool:
            changed = config.budget.model_copy(update={"memory": limit})
            ended, pages = measure(config.model_copy(update={"budget": changed}), keep=False)
            results_folder.refresh_pages(paths.RESULTS)
            if not isinstance(ended.error, ServiceFailed | InvalidRun | OverBudget | None):
                raise ended.error
            probes.append(memory_limit.Probe(limit, pages.result))
            return probes[-1].holds

        least = memory_limit.search_limit(config.budget.memory, holds)
    click.echo(terminal.render_section(memory_limit.report(probes, least), get_width()))
