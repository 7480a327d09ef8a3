"""Trees of plain files that answer as the kernel's cgroups do, below a root of their own."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

V1_FILES = {
    "memory": {
        "memory.limit_in_bytes": "9223372036854771712",
        "memory.memsw.limit_in_bytes": "9223372036854771712",
        "memory.use_hierarchy": "1",
        "memory.usage_in_bytes": "0",
        "memory.max_usage_in_bytes": "0",
        "memory.stat": "rss 0\ntotal_rss 0\n",
        "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
    },
    "cpu": {
        "cpu.cfs_period_us": "100000",
        "cpu.cfs_quota_us": "-1",
        "cpu.shares": "1024",
        "cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n",
    },
    "cpuacct": {"cpuacct.usage": "0"},
    "cpuset": {"cpuset.cpus": "", "cpuset.mems": "", "cgroup.clone_children": "0"},
}
V2_FILES = {
    "memory": {
        "memory.max": "max",
        "memory.swap.max": "max",
        "memory.current": "0",
        "memory.peak": "0",
        "memory.stat": "anon 0\nfile 0\n",
        "memory.events": "low 0\noom 0\noom_kill 0\n",
    },
    "cpu": {"cpu.max": "max 100000", "cpu.weight": "100"},
    "cpuset": {"cpuset.cpus": ""},
}
CPU_STAT = "usage_usec 0\nuser_usec 0\nthrottled_usec 0\n"


def fill(folder: Path, files: Mapping[str, str]) -> None:
    """Writes the files of a group."""
    for name, text in files.items():
        (folder / name).write_text(text)


def populate(folder: Path) -> None:
    """Gives a new group the files that the kernel would give it, by its parent's."""
    above = folder.parent
    fill(folder, {"cgroup.procs": ""})
    control = above / "cgroup.subtree_control"
    if not control.exists():
        for files in V1_FILES.values():
            if all((above / name).exists() for name in files):
                fill(folder, files)
        return
    enabled = {word.lstrip("+") for word in control.read_text().split()}
    fill(folder, {"cgroup.controllers": " ".join(sorted(enabled)), "cgroup.subtree_control": ""})
    fill(folder, {"cpu.stat": CPU_STAT})
    for controller in enabled:
        fill(folder, V2_FILES[controller])


@contextmanager
def answering(root: Path) -> Iterator[None]:
    """Makes folders below `root` behave as groups: they come with files, and go with them."""
    mkdir, rmdir = Path.mkdir, Path.rmdir

    def make(self: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        new = not self.exists()
        mkdir(self, mode, parents, exist_ok)
        if new and (self.parent / "cgroup.procs").exists():
            populate(self)

    def remove(self: Path) -> None:
        if not self.is_relative_to(root):
            rmdir(self)
        elif any(path.is_dir() for path in self.iterdir()):
            raise OSError(39, "Directory not empty", str(self))
        else:
            shutil.rmtree(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "mkdir", make)
        patch.setattr(Path, "rmdir", remove)
        yield


def v1(root: Path, *, joint: bool = False, group: str = "/") -> None:
    """A machine whose controllers are all of version 1, our group being `group`.

    `joint` mounts cpu and cpuacct together, as distributions do.
    """
    hierarchies = ["memory", "cpuset", *(["cpu,cpuacct"] if joint else ["cpu", "cpuacct"])]
    mounts, groups = [], []
    for number, hierarchy in enumerate(hierarchies, 1):
        point = f"/sys/fs/cgroup/{hierarchy}"
        own = root / point.lstrip("/") / group.lstrip("/")
        own.mkdir(parents=True)
        fill(own, {"cgroup.procs": ""})
        for controller in hierarchy.split(","):
            fill(own, V1_FILES[controller])
        mounts.append(f"3{number} 23 0:3{number} / {point} rw - cgroup cgroup rw,{hierarchy}")
        groups.append(f"{number}:{hierarchy}:{group}")
    if (root / "sys/fs/cgroup/cpuset").exists():
        fill(
            root / "sys/fs/cgroup/cpuset" / group.lstrip("/"),
            {"cpuset.mems": "0", "cpuset.cpus": "0-7"},
        )
    _proc(root, [*mounts, "22 1 0:20 / /proc rw - proc proc rw"], [*groups, "0::/"])


def v2(root: Path, *, group: str, enabled: Mapping[str, str]) -> Path:
    """A machine with version 2, our group being `group`; its mount point.

    `enabled` has the controllers that each group on the way hands down, by its path.
    """
    point = root / "sys/fs/cgroup"
    path = Path()
    handed = "cpuset cpu io memory pids"
    for part in ("", *Path(group.lstrip("/")).parts):
        path /= part
        (point / path).mkdir(parents=True, exist_ok=True)
        given = enabled.get(f"/{path}".rstrip(".") or "/", "")
        fill(
            point / path,
            {"cgroup.controllers": handed, "cgroup.subtree_control": given, "cgroup.procs": ""},
        )
        handed = given
    _proc(
        root,
        ["31 23 0:28 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate"],
        [f"0::{group}"],
    )
    return point


def full(folder: Path) -> None:
    """Makes a group one that has processes, and so hands down no controllers."""
    (folder / "cgroup.subtree_control").unlink()
    # What is a folder cannot be written, not even by root.
    os.mkdir(folder / "cgroup.subtree_control")  # noqa: PTH102 - Path.mkdir makes groups here


def _proc(root: Path, mounts: list[str], groups: list[str]) -> None:
    (root / "proc/self").mkdir(parents=True, exist_ok=True)
    (root / "proc/self/mountinfo").write_text("\n".join(mounts) + "\n")
    (root / "proc/self/cgroup").write_text("\n".join(groups) + "\n")
