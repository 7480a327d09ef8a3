"""Maven: copies the jars that the pom.xml files name, and all that they need, into folders."""

import re
from collections.abc import Collection
from pathlib import Path
from xml.etree import ElementTree

from harness.errors import Missing
from harness.system import tool
from harness.system.child_environment import MAVEN, create_environment
from harness.system.programs import Programs

POM = Path(__file__).parent / "pom.xml"
TAG = "{http://maven.apache.org/POM/4.0.0}"

_DOWNLOADED = re.compile(r"Downloaded from \S+: \S*/(?P<file>\S+) \((?P<size>[\d.]+) (?P<unit>\w+)")
# Even without colour, its error may come behind sequences that reset colours.
_ERROR = re.compile(r"^(?:\x1b\[0?m)*\[ERROR\] (.+)", re.MULTILINE)
# Maven counts in powers of ten.
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}


class Downloads:
    """What Maven says it has downloaded; `wanted` are the files whose coming is counted."""

    def __init__(self, tell: tool.Tell, wanted: Collection[str]) -> None:
        self.tell = tell
        self.wanted = wanted
        self.arrived: set[str] = set()
        self.size_bytes = 0.0

    def heard(self, line: str) -> None:
        """Take one line of Maven's output."""
        match = _DOWNLOADED.search(line)
        if match is not None:
            self.size_bytes += float(match["size"]) * _UNITS[match["unit"]]
            if match["file"] in self.wanted:
                self.arrived.add(match["file"])
            jars = f"{len(self.arrived)} of {len(self.wanted)} jars, " if self.wanted else ""
            self.tell(f"{self.size_bytes / 10**6:.0f} MB, {jars}last {match['file']}")


def fetch(
    names: Collection[str],
    folder: Path,
    programs: Programs,
    tell: tool.Tell,
    wanted: Collection[str] = (),
) -> None:
    """Copy each set of jars into a folder of its name in `folder`.

    Raises Missing with Maven's first error.
    """
    folder.mkdir(parents=True)
    log = folder.parent / "maven.log"
    log.unlink(missing_ok=True)
    # One Maven for all sets: several would share one local repository, which they may not.
    command: list[str | Path] = [
        *(programs.maven, "--batch-mode", "-Dstyle.color=never", f"--threads={len(names)}"),
        *("--file", POM, "--projects", ",".join(names)),
        *("org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies", f"-Djars={folder}"),
    ]
    downloads = Downloads(tell, wanted)
    environment = create_environment(MAVEN, {"JAVA_HOME": str(programs.java_home)})
    code = tool.run(command, log, downloads.heard, environment)
    if code != 0:
        said = log.read_text(encoding="utf-8", errors="replace")
        first = _ERROR.search(said)
        raise Missing(
            "Maven could not fetch the jars.",
            why=first[1] if first else f"it ended with {code}",
            do="correct that, the network or its settings, then run it again;"
            " what has arrived is kept",
            log=log,
        )


def modules() -> list[str]:
    """Return the sets of jars: the folder names of pom.xml's modules."""
    return [module.text or "" for module in _pom().iterfind(f"{TAG}modules/{TAG}module")]


def versions() -> dict[str, str]:
    """Return pom.xml's versions: kafka, hadoop, spark, presto, and libraries held back."""
    properties = _pom().iterfind(f"{TAG}properties/*")
    stated = {property_.tag.removeprefix(TAG): property_.text or "" for property_ in properties}
    return {
        name.removesuffix(".version"): text
        for name, text in stated.items()
        if name.endswith(".version")
    }


def _pom() -> ElementTree.Element:
    return ElementTree.parse(POM).getroot()
