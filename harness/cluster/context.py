"""Where a cluster lives and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.cluster import archives as prepared
from harness.cluster import artifacts
from harness.cluster.archives import Prepared
from harness.cluster.artifacts import Artifacts
from harness.cluster.state import State
from harness.config import Config, restore
from harness.errors import Missing
from harness.system import programs
from harness.system.programs import Programs

PROGRESS = "progress.jsonl"


@dataclass(frozen=True)
class Site:
    """Where a cluster lives and what it is made from."""

    root: Path
    """the repository"""
    folder: Path
    """the cluster's own folder: data, settings, logs"""
    config: Config
    artifacts: Artifacts
    programs: Programs
    prepared: Prepared

    def log(self, name: str) -> Path:
        """The log file of a service."""
        return self.folder / "logs" / f"{name}.log"

    @property
    def temporary(self) -> Path:
        """The folder of temporary files: the machine's own may be nobody's to clean."""
        return self.folder / "temporary"

    @property
    def ledger(self) -> Path:
        """The folder of the app's ledger and counters."""
        return self.folder / "ledger"

    @property
    def progress(self) -> Path:
        """The file the streaming job reports its micro-batches to."""
        return self.folder / PROGRESS


def of(root: Path, folder: Path, state: State) -> Site:
    """The site of the cluster that `state` describes, once the set-up is done.

    Raises Missing where a program is not there any more.
    """
    found = programs.find()
    if found is None:
        raise Missing("A program that a run needs is not there.", do="`make doctor` names it")
    return Site(
        root=root,
        folder=folder,
        config=restore(state.config),
        artifacts=artifacts.at(root),
        programs=found,
        prepared=prepared.at(root, artifacts.at(root), found, state.rehearsing),
    )
