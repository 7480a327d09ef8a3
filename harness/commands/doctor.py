"""`doctor`: what is installed, in which version, and what is missing; it changes nothing."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.cluster import artifacts
from harness.cluster.artifacts.jars import summary
from harness.errors import Missing
from harness.system import programs, venv

GIB = 2**30
CGROUPS = Path("/sys/fs/cgroup")
COMES = "the first `make up` brings it, or says what to type"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for: what was found, or what to do where it is missing."""

    name: str
    text: str
    there: bool = True


def main(root: Path) -> int:
    """Print the findings; return 0, or 3 where something is missing."""
    findings = list(inspect(root))
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark = "" if finding.there else "missing: "
        print(f"{finding.name:<{width}}  {mark}{finding.text}")
    return 0 if all(finding.there for finding in findings) else Missing.exit_code


def inspect(root: Path) -> Iterator[Finding]:
    """Yield all findings, in the order in which a set-up needs the things."""
    yield Finding("Python", f"{sys.version.split()[0]}  {sys.executable}")
    yield environment(root)
    yield from system()
    for name, faults in artifacts.faults(root).items():
        yield Finding(f"jars {name}", summary(faults) or "each has its sum", not faults)
    yield Finding("cores", str(len(os.sched_getaffinity(0))))
    yield Finding("memory", memory(Path("/proc/meminfo").read_text(encoding="utf-8")))
    yield Finding("disk", f"{shutil.disk_usage(root).free / GIB:.1f} GiB free")
    yield Finding("cgroup", cgroup())


def environment(root: Path) -> Finding:
    """Return the finding for the Python packages."""
    made = venv.VirtualEnvironment(root)
    if made.ready():
        return Finding("environment", f"{made.folder}, as {made.lock.name} says")
    why = "made for another lock, Python or place" if made.stamp.exists() else "not made yet"
    needs = (f"; lacks {n.name} ({n.packages[0]})" for n in programs.missing([programs.VENV]))
    return Finding("environment", f"{why}; {COMES}" + "".join(needs), there=False)


def system() -> Iterator[Finding]:
    """Yield a finding for each system program."""
    java, maven, ab = programs.java(), programs.find_program("mvn"), programs.find_program("ab")
    java_text = f"{java.version}  {java.home}" if java else COMES
    yield Finding(programs.JAVA.name, java_text, java is not None)
    # Maven is no program without a Java.
    version = read_version(maven, "-v", java) if maven and java else "version unknown"
    yield Finding(programs.MAVEN.name, f"{version}  {maven}" if maven else COMES, bool(maven))
    yield Finding(programs.AB.name, f"{read_version(ab, '-V')}  {ab}" if ab else COMES, bool(ab))
    chromium = programs.chromium()
    without = "not installed: only `make test` and `make example` need it, and bring it"
    yield Finding(
        programs.CHROMIUM.name,
        f"{read_version(chromium, '--version')}  {chromium}" if chromium else without,
    )


def read_version(program: Path, option: str, java: programs.Java | None = None) -> str:
    """Return the first version number that a program prints."""
    environment = {**os.environ, **({"JAVA_HOME": str(java.home)} if java else {})}
    output = subprocess.run(
        [program, option], capture_output=True, text=True, env=environment, check=False
    ).stdout
    version = re.search(r"\d+(\.\d+)+", output)
    return version[0] if version else "version unknown"


def memory(meminfo: str) -> str:
    """Return the total and the free memory, from the text of /proc/meminfo."""
    kib = dict(re.findall(r"^(\w+): +(\d+) kB$", meminfo, re.MULTILINE))
    total, available = (int(kib[name]) * 1024 / GIB for name in ("MemTotal", "MemAvailable"))
    return f"{total:.1f} GiB, {available:.1f} GiB free"


def cgroup() -> str:
    """Return the cgroup version, and whether the budget can be enforced."""
    version = "v2" if (CGROUPS / "cgroup.controllers").exists() else "v1"
    writable = os.access(CGROUPS if version == "v2" else CGROUPS / "memory", os.W_OK)
    return f"{version}, " + ("writable" if writable else "not writable: the budget is watched only")
