"""The cgroups that a container engine made, one a service, of version 2.

They were read from plain files only: no engine was at hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from harness.cgroup.group import TreeCounts, Whole
from harness.cgroup.mounts import read_groups
from harness.cgroup.v2 import V2

MOUNT = Path("/sys/fs/cgroup")
PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Containers:
    """Each container's group is a leaf; all of them together are the whole."""

    folders: Mapping[str, Path]
    kind: Literal["cgroup-v2"] = "cgroup-v2"

    @classmethod
    def from_pids(cls, pids: Mapping[str, int]) -> Self:
        """Return the groups of the processes `pids`, by service."""
        groups = {
            name: read_groups(PROCESSES / str(pid) / "cgroup")[""] for name, pid in pids.items()
        }
        return cls({name: MOUNT / group.lstrip("/") for name, group in groups.items()})

    def read(self) -> TreeCounts:
        """Return all counts; raises OSError where a container is gone."""
        groups = {name: V2(folder=folder) for name, folder in self.folders.items()}
        leaves = {name: group.count_all() for name, group in groups.items()}
        whole = Whole(
            cpu_s=sum(one.cpu_s for one in leaves.values()),
            charged_bytes=sum(one.charged_bytes for one in leaves.values()),
            charged_peak_bytes=None,
            anonymous_bytes=sum(one.anonymous_bytes for one in leaves.values()),
            throttled_s=sum(one.throttled_s for one in leaves.values()),
        )
        return TreeCounts(
            whole, leaves, {name: group.oom_kill("") for name, group in groups.items()}
        )

    def reset_peaks(self) -> None:
        """Do nothing: version 2 cannot."""
