"""Where a cluster lives and what its services are made from."""

from dataclasses import dataclass
from pathlib import Path

from harness.cluster import archives, artifacts
from harness.cluster.addresses import Addresses
from harness.cluster.archives import ArchiveCache
from harness.cluster.artifacts import Artifacts
from harness.config.model import Config
from harness.errors import Missing
from harness.system import programs
from harness.system.programs import Programs

PROGRESS = "progress.jsonl"


@dataclass(frozen=True)
class ServiceContext:
    """What a service needs to know of its cluster; `folder` holds data, settings and logs."""

    root: Path
    """the repository"""
    folder: Path
    config: Config
    addresses: Addresses
    artifacts: Artifacts
    programs: Programs
    archives: ArchiveCache

    def log(self, name: str) -> Path:
        """Return the log file of a service."""
        return self.folder / "logs" / f"{name}.log"

    @property
    def temporary(self) -> Path:
        """The folder of temporary files, removed with the cluster, unlike the machine's own."""
        return self.folder / "temporary"

    @property
    def ledger(self) -> Path:
        """The folder of the app's ledger and counters."""
        return self.addresses.ledger

    @property
    def progress(self) -> Path:
        """The file the streaming job reports its micro-batches to."""
        return self.folder / PROGRESS


def create_context(
    root: Path, folder: Path, config: Config, addresses: Addresses, *, warming_up: bool = False
) -> ServiceContext:
    """Return the context of a cluster whose set-up is done; raises Missing without a program."""
    installed = programs.find()
    if installed is None:
        raise Missing("A program that a run needs is not there.", do="`make doctor` names it")
    jars = artifacts.locate(root)
    return ServiceContext(
        root=root,
        folder=folder,
        config=config,
        addresses=addresses,
        artifacts=jars,
        programs=installed,
        archives=archives.open_cache(root, jars, installed, warming_up=warming_up),
    )
