"""Where a cluster lives and what its services are made from."""

from dataclasses import dataclass
from pathlib import Path

from harness.cluster.addresses import Addresses
from harness.cluster.archives import ArchiveCache
from harness.cluster.artifacts import Artifacts
from harness.config.model import Config
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
    def progress(self) -> Path:
        """The file the streaming job reports its micro-batches to."""
        return self.folder / PROGRESS
