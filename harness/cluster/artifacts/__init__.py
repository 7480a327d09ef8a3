"""The services' jars: fetched by Maven as the pom.xml files here say, held to committed sums."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.cluster.artifacts import maven, sums
from harness.cluster.artifacts.jars import Jars, summary
from harness.errors import Missing
from harness.system import locks, tool
from harness.system.programs import Programs

# Made by `make lock`; `sha256sum --check` reads it too.
LOCK = Path(__file__).parent / "jars.sha256"


@dataclass(frozen=True)
class Artifacts:
    """The class paths, sorted by file name, and what else is started from jars."""

    kafka: tuple[Path, ...]
    hdfs: tuple[Path, ...]
    spark: tuple[Path, ...]
    """what PySpark lacks to read Kafka"""
    presto: tuple[Path, ...]
    presto_plugins: Path
    """Presto's plugin.dir"""
    presto_cli: Path
    sha256: str
    """of the list of sums; it stands for every jar"""


def ensure(root: Path, programs: Programs, tell: tool.Tell) -> Artifacts:
    """Return the jars, fetched where they are missing, checked where they have changed on disk.

    Raises Missing naming the jars that are not those of the list of sums.
    """
    with locks.wait_for(LOCK, lambda: tell("waits for another set-up of this folder")):
        jars = _jars(root)
        wanted = [name for name in jars.listed if jars.wanted(name)]
        if wanted:
            tell(f"Maven resolves {', '.join(wanted)}")
            jars.fetch(wanted, programs, tell)
        for name in jars.listed:
            faults = jars.faults(name)
            if faults:
                raise Missing(
                    f"The jars in {jars.folder / name} are not those of {LOCK.name}.",
                    why=summary(faults),
                    do="delete that folder, or `make clean`; the next run fetches it again",
                )
        jars.save()
    return locate(root)


def locate(root: Path) -> Artifacts:
    """Return the paths of the jars that `ensure` puts there."""
    jars = _jars(root)
    (presto_cli,) = jars.files("presto-cli")
    return Artifacts(
        kafka=jars.files("kafka"),
        hdfs=jars.files("hdfs"),
        spark=jars.files("spark"),
        presto=jars.files("presto-server"),
        presto_plugins=jars.folder / "presto-plugins",
        presto_cli=presto_cli,
        sha256=hashlib.sha256(LOCK.read_bytes()).hexdigest(),
    )


def faults(root: Path) -> dict[str, list[str]]:
    """Return what is wrong with each set of jars; changes nothing."""
    jars = _jars(root)
    return {
        name: ["not fetched yet"] if jars.wanted(name) else jars.faults(name)
        for name in jars.listed
    }


def lock(root: Path, programs: Programs, tell: tool.Tell) -> None:
    """Fetch every set anew and write the list of its sums."""
    partial = root / ".cache" / "jars.partial"
    shutil.rmtree(partial, ignore_errors=True)
    maven.fetch(maven.modules(), partial, programs, tell)
    sums.write(LOCK, partial)
    shutil.rmtree(partial)


def _jars(root: Path) -> Jars:
    return Jars((root / ".cache").resolve() / "jars", LOCK)
