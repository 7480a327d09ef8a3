"""The environment of a run, one small function a fact. A missing fact makes nothing fail."""

import hashlib
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil

from harness.record.models import Environment, Git, Host
from harness.system.child_environment import GIT, Program, create_environment, list_withheld
from harness.system.units import GIB

CPUINFO = Path("/proc/cpuinfo")


def collect_environment(
    root: Path, versions: Mapping[str, str], config_sha256: str, program: Program
) -> Environment:
    """Describe the machine, the repository at `root`, `versions` and Python's version.

    `program` is the kind of the services, from which variables were withheld.
    """
    return Environment(
        host=read_host(),
        versions={"python": platform.python_version(), **versions},
        git=read_git(root),
        config_sha256=config_sha256,
        withheld_variables=tuple(list_withheld(program)),
    )


def read_host() -> Host:
    """Describe the machine; its cores are those that this process may run on."""
    cpu, memory = read_cpu_model(), psutil.virtual_memory().total
    cores = len(os.sched_getaffinity(0))
    return Host(
        fingerprint=compute_fingerprint(cpu, cores, memory),
        cpu_model=cpu,
        cores=cores,
        memory_bytes=memory,
        kernel=platform.release(),
    )


def compute_fingerprint(cpu: str | None, cores: int, memory: int) -> str:
    """Return a short hash of processor, cores and memory in whole GiB.

    The kernel is not in it: it changes with every update, and its effect shows in the figures.
    """
    facts = f"{cpu}|{cores}|{round(memory / GIB)}"
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def read_cpu_model() -> str | None:
    """Return the processor's name; None where the kernel has none, as on some ARM machines."""
    try:
        name = re.search(r"^model name\s*: (.+)$", CPUINFO.read_text("utf-8"), re.MULTILINE)
    except OSError:
        return None
    return name[1].strip() if name else None


def read_git(root: Path) -> Git:
    """Return the commit of the repository at `root`, and whether files differ from it."""
    changes = _git(root, "status", "--porcelain", "--untracked-files=normal")
    return Git(
        commit=_git(root, "rev-parse", "--verify", "HEAD"),
        dirty=None if changes is None else changes != "",
    )


def _git(root: Path, *arguments: str) -> str | None:
    """Return git's output; None without git, or where `root` is no repository."""
    # A repository around ours, such as that of someone's home, is not ours; and looking is not to
    # write an index, which would hinder a git command that runs just now.
    bounds = {"GIT_CEILING_DIRECTORIES": str(root.parent), "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(
            ["git", "-C", root, *arguments],
            capture_output=True,
            check=True,
            text=True,
            env=create_environment(GIT, bounds),
            timeout=60,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
