"""Set-up: what a run needs is fetched, checked and prepared once."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from harness.cluster import archives, artifacts
from harness.cluster.backends.registry import find_backend
from harness.config.model import Config
from harness.run import phases
from harness.run.run import Run
from harness.system import programs
from harness.system.progress import Display


def ensure(root: Path, work: Path, config: Config, display: Display) -> None:
    """Has the programs, the jars, and the class-data archives; nothing to do the second time.

    Raises Missing where something cannot be had, and what hindered the rehearsal.
    """
    with display.stage("set-up") as stage:
        found = programs.ensure(root, stage.update)
        jars = artifacts.ensure(root, found, stage.update)
    rehearsed = archives.open_cache(root, jars, found).complete_marker
    if not rehearsed.exists() and find_backend(root, rehearsal_folder(work), config).can_warm_up:
        rehearse(root, work, config, display)
        rehearsed.touch()


def rehearse(root: Path, work: Path, config: Config, display: Display) -> None:
    """Runs the smoke load once so that each virtual machine writes down the classes it needed.

    Raises the error of the phase that failed.
    """
    display.say("rehearsal: one small run, from which later starts are made short")
    cluster = find_backend(root, rehearsal_folder(work), config)
    with TemporaryDirectory(dir=work, prefix="rehearsal-") as folder:
        run = Run("rehearsal", small(config), cluster, Path(folder), display, warming_up=True)
        phases.execute(run)
    run.raise_for_status()


def rehearsal_folder(work: Path) -> Path:
    """Where the rehearsal's cluster lives."""
    return work / "rehearsal"


def small(config: Config) -> Config:
    """The configuration with each call made once."""
    load = config.load.model_copy(update={"requests_per_call": 1})
    return config.model_copy(update={"load": load})
