"""A cgroup through systemd, where the tree is its own to write.

This was run with a stand-in for `systemd-run` only: no machine with systemd was at hand. A user
whose session lies outside the user manager, as one by ssh does, may start the scope but not move
processes into it: then nobody can enter, and the budget is watched.
"""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from harness.cgroup.group import Limits, put
from harness.cgroup.mounts import V2Mount, read_groups
from harness.system.child_environment import SYSTEMD, create_environment
from harness.system.process import Identity
from harness.system.waiting import wait_until

PLACEHOLDER = "placeholder"
# Only a systemd that hangs takes longer, whatever the machine.
DEADLINE_S = 30.0
POLL_S = 0.02


def scope(name: str, limits: Limits, mount: V2Mount, root: Path) -> tuple[Path, Identity] | None:
    """Start a scope that may be divided, and return its folder; None where systemd makes none.

    It lives as long as the placeholder in it. The properties make systemd hand down the
    controllers that the limits need.
    """
    program = shutil.which("systemd-run")
    if program is None:
        return None
    placeholder = subprocess.Popen(
        [
            *(program, *(() if os.geteuid() == 0 else ("--user",))),
            *("--scope", "--collect", "--quiet", f"--unit={name}.scope"),
            *("-p", "Delegate=yes", "-p", f"MemoryMax={limits.memory_bytes}"),
            *("-p", "MemorySwapMax=0", "-p", f"CPUQuota={limits.vcpu:.0%}"),
            *("-p", f"AllowedCPUs={limits.cpus}", "--", "sleep", "infinity"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=create_environment(SYSTEMD),
    )
    path = root / f"proc/{placeholder.pid}/cgroup"
    wait_until(
        lambda: placeholder.poll() is not None or _group(path).endswith(f"/{name}.scope"),
        within_s=DEADLINE_S,
        poll_s=POLL_S,
    )
    group = _group(path)
    folder = mount.point / group.lstrip("/")
    if group.endswith(f"/{name}.scope") and _move_aside(placeholder.pid, folder):
        return folder, Identity.from_pid(placeholder.pid)
    placeholder.kill()
    placeholder.wait()
    return None


def _group(path: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        return read_groups(path).get("", "")
    return ""


def _move_aside(pid: int, folder: Path) -> bool:
    """Move the placeholder to a leaf: a group with divided controllers must have no process."""
    try:
        (folder / PLACEHOLDER).mkdir()
        put(folder / PLACEHOLDER / "cgroup.procs", pid)
    except OSError:
        return False
    return True
