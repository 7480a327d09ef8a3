"""`doctor`: what is installed, in which version, and what is missing; it changes nothing."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.cluster import artifacts
from harness.cluster.artifacts.jars import summary
from harness.errors import Missing
from harness.system import machine, programs, venv
from harness.system.child_environment import HARNESS, TOOL, create_environment
from harness.system.machine import CGROUPS, Finding, Level
from harness.system.verbs import PREFIX

COMES = "the first `make up` brings it, or says what to type"

JUDGE = """
from harness.config import layers
from harness.system import crash
crash.run_process(lambda: layers.check_variables() or 0)
"""


def main(root: Path) -> int:
    """Print the findings; return 0, or 3 where something is missing."""
    findings = list(inspect(root))
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        print(f"{finding.name:<{width}}  {finding}")
    serves = all(finding.level in (Level.FINE, Level.WARNED) for finding in findings)
    return 0 if serves else Missing.exit_code


def inspect(root: Path) -> Iterator[Finding]:
    """Yield all findings, in the order in which a set-up needs the things."""
    yield Finding("Python", f"{sys.version.split()[0]}  {sys.executable}")
    yield environment(root)
    yield from settings(root)
    yield from system()
    for name, faults in artifacts.faults(root).items():
        yield Finding(f"jars {name}", summary(faults) or "each has its sum", find_level(not faults))
    yield Finding("cores", str(len(os.sched_getaffinity(0))))
    yield Finding("cgroup", cgroup())
    yield from machine.check(root)


def environment(root: Path) -> Finding:
    """Return the finding for the Python packages."""
    made = venv.VirtualEnvironment(root)
    if made.ready():
        return Finding("environment", f"{made.folder}, as {made.lock.name} says")
    try:
        made.check_owned()
    except Missing as error:
        return Finding(
            "environment", f"{error.what.rstrip('.')}: {error.why}", Level.REFUSED, error.do
        )
    why = "made for another lock, Python or place" if made.stamp.exists() else "not made yet"
    needs = (f"; lacks {n.name} ({n.packages[0]})" for n in programs.missing([programs.VENV]))
    return Finding("environment", f"{why}; {COMES}" + "".join(needs), Level.MISSING)


def settings(root: Path) -> Iterator[Finding]:
    """Yield a finding for the variables that set something for every verb, if there are any.

    Whether they are settings is known to the environment's Python alone.
    """
    names = sorted(name for name in os.environ if name.startswith(PREFIX) and os.environ[name])
    if not names:
        return
    made, text = venv.VirtualEnvironment(root), ", ".join(names)
    if not made.ready():
        yield Finding("settings", f"{text}: not judged without the environment")
        return
    judged = subprocess.run(
        [made.python, "-Es", "-c", JUDGE],
        cwd=root,
        env=create_environment(HARNESS),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    what, _, do = judged.stderr.strip().partition("\n  do:  ")
    level = Level.REFUSED if judged.returncode else Level.FINE
    yield Finding("settings", what.rstrip(".") or text, level, do)


def system() -> Iterator[Finding]:
    """Yield a finding for each system program."""
    java, maven, ab = programs.java(), programs.find_program("mvn"), programs.find_program("ab")
    java_text = f"{java.version}  {java.home}" if java else COMES
    yield Finding(programs.JAVA.name, java_text, find_level(java))
    # Maven is no program without a Java.
    version = read_version(maven, "-v", java) if maven and java else "version unknown"
    yield Finding(programs.MAVEN.name, f"{version}  {maven}" if maven else COMES, find_level(maven))
    version = read_version(ab, "-V") if ab else ""
    yield Finding(programs.AB.name, f"{version}  {ab}" if ab else COMES, find_level(ab))
    chromium = programs.chromium()
    without = "not installed: only `make test` and `make example` need it, and bring it"
    yield Finding(
        programs.CHROMIUM.name,
        f"{read_version(chromium, '--version')}  {chromium}" if chromium else without,
    )


def find_level(there: object) -> Level:
    """Return what it means that a thing is there, or is not."""
    return Level.FINE if there else Level.MISSING


def read_version(program: Path, option: str, java: programs.Java | None = None) -> str:
    """Return the first version number that a program prints."""
    environment = create_environment(TOOL, {"JAVA_HOME": str(java.home)} if java else {})
    output = subprocess.run(
        [program, option], capture_output=True, text=True, env=environment, check=False
    ).stdout
    version = re.search(r"\d+(\.\d+)+", output)
    return version[0] if version else "version unknown"


def cgroup() -> str:
    """Return the cgroup version, and whether the budget can be enforced."""
    version = "v2" if (CGROUPS / "cgroup.controllers").exists() else "v1"
    writable = os.access(CGROUPS if version == "v2" else CGROUPS / "memory", os.W_OK)
    return f"{version}, " + ("writable" if writable else "not writable: the budget is watched only")
