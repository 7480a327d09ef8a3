"""One measured run: its record kept, its pages made."""

from harness.commands.cluster import get_cluster
from harness.config.model import Config
from harness.record import store
from harness.report.pages import run_folder
from harness.run.run import FinishedRun, Run, execute
from harness.system import paths
from harness.system.progress import Display


def measure(
    config: Config, *, keep: bool, group: str | None = None
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
        finished = execute(run, Display())
    # Only now: the record stays, even where its pages cannot be made.
    return finished, run_folder.write_run_pages(paths.RESULTS / "runs" / run_id)
