"""The cache of what set-up makes once: formatted storage and class-data archives."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from harness.cluster.artifacts import Artifacts
from harness.cluster.services import spark
from harness.system.programs import Programs


@dataclass(frozen=True)
class ArchiveCache:
    """A folder of storage images and class-data archives, for one Java and one set of jars.

    While `warming_up`, each virtual machine writes the archive of the classes it loaded when it
    ends; afterwards each maps it, which saves a third to a half of its start's CPU.
    """

    folder: Path
    warming_up: bool = False

    def restore_image(self, image: str, target: Path, make: Callable[[], None]) -> None:
        """Copy formatted storage to `target`, unless it is there.

        The first time, `make` formats `target`, which is then kept as the image.
        """
        if target.exists():
            return
        kept = self.folder / image
        if not kept.exists():
            make()
            partial = kept.with_name(f"{image}.{os.getpid()}.partial")
            shutil.copytree(target, partial)
            partial.rename(kept)
        else:
            shutil.copytree(kept, target)

    @property
    def complete_marker(self) -> Path:
        """The file that is there once every service has written its archive."""
        return self.folder / "complete"

    def archive(self, service: str) -> Path:
        """Return the path of a service's class-data archive."""
        return self.folder / f"{service}.jsa"

    def flags(self, service: str) -> list[str]:
        """Return the flags that write or map the archive."""
        path = self.archive(service)
        if self.warming_up:
            return [f"-XX:ArchiveClassesAtExit={path}", "-Xlog:cds=error"]
        if path.exists():
            return [f"-XX:SharedArchiveFile={path}", "-Xshare:auto", "-Xlog:cds=error"]
        return []


def open_cache(
    root: Path, artifacts: Artifacts, programs: Programs, *, warming_up: bool = False
) -> ArchiveCache:
    """Return the cache for these jars at their paths and for this Java, empty where it is new.

    A class-data archive names the jars by their paths and times, and is of no use once they are
    moved, or fetched again.
    """
    ours = (*artifacts.kafka, *artifacts.hdfs, *artifacts.spark, *artifacts.presto)
    jars = (*ours, *spark.JARS.glob("*.jar"))
    made_for = (
        artifacts.sha256,
        str(artifacts.presto_plugins.parent),
        version("pyspark"),
        str(spark.HOME),
        str(max(jar.stat().st_mtime_ns for jar in jars)),
        programs.java_version,
    )
    cache = (root / ".cache").resolve()
    folder = cache / "prepared" / sha256("\n".join(made_for).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return ArchiveCache(folder, warming_up)
