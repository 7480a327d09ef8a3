"""Set-up: fetches, checks and prepares once what a run needs."""

from pathlib import Path
from tempfile import TemporaryDirectory

from harness.cluster import archives, artifacts
from harness.cluster.backends.registry import find_backend
from harness.config.model import Config
from harness.run.run import Run, execute
from harness.system import programs, progress


def ensure(root: Path, work: Path, config: Config, display: progress.Display) -> None:
    """Make sure of the programs, the jars, and the class-data archives.

    Raises Missing where a program or a jar cannot be had, and the error of a failed warm-up.
    """
    with display.stage("set-up") as stage:
        tools = programs.ensure(root, stage.update)
        jars = artifacts.ensure(root, tools, stage.update)
    marker = archives.open_cache(root, jars, tools).complete_marker
    if not marker.exists() and find_backend(root, warm_up_folder(work), config).can_warm_up:
        warm_up(root, work, config, display)
        marker.touch()


def warm_up(root: Path, work: Path, config: Config, display: progress.Display) -> None:
    """Make each call of the load once, so that each JVM writes its class-data archive.

    Raises the error of the phase that failed.
    """
    display.say("warm-up: one small run writes the class-data archives that shorten later starts")
    cluster = find_backend(root, warm_up_folder(work), config)
    load = config.load.model_copy(update={"requests_per_call": 1})
    with TemporaryDirectory(dir=work, prefix="warm-up-") as folder:
        run = Run(
            run_id="warm-up",
            config=config.model_copy(update={"load": load}),
            cluster=cluster,
            folder=Path(folder),
            warming_up=True,
        )
        # No cgroup holds a warm-up to its budget, and JVMs that write archives take more.
        execute(run, display).raise_for_validity()


def warm_up_folder(work: Path) -> Path:
    """Return the folder of the warm-up's cluster."""
    return work / "warm-up"
