"""A cgroup tree of version 1: the same tree in the hierarchy of each controller.

The files and their units: Documentation/admin-guide/cgroup-v1/ and scheduler/sched-bwc.rst of the
kernel.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from harness.cgroup.group import PERIOD_US, Count, Limits, Tree, Whole, number, put, table

NS_PER_S = 1_000_000_000


class V1(Tree):
    """The parent's folder by controller; two are the same where they are mounted together."""

    kind: Literal["cgroup-v1"] = "cgroup-v1"
    memory: Path
    cpu: Path
    cpuacct: Path
    cpuset: Path

    def folders(self) -> Sequence[Path]:
        """Return each hierarchy's folder once."""
        return list(dict.fromkeys((self.memory, self.cpu, self.cpuacct, self.cpuset)))

    def limit(self, limits: Limits) -> None:
        """Make the parent, which alone has the CPU quota and the cores."""
        for folder in self.folders():
            folder.mkdir()
        # Before Linux 5.11 a limit counts what is in the leaves only where this says so.
        if (self.memory / "memory.use_hierarchy").read_text(encoding="ascii").strip() == "0":
            put(self.memory / "memory.use_hierarchy", 1)
        put(self.memory / "memory.limit_in_bytes", limits.memory_bytes)
        # With swap no more than without: none is used.
        if (self.memory / "memory.memsw.limit_in_bytes").exists():
            put(self.memory / "memory.memsw.limit_in_bytes", limits.memory_bytes)
        self.allow(limits.vcpu)
        mems = (self.cpuset.parent / "cpuset.mems").read_text(encoding="ascii")
        put(self.cpuset / "cpuset.mems", mems)
        put(self.cpuset / "cpuset.cpus", limits.cpus)
        # A leaf begins with no cores at all unless it takes its parent's.
        put(self.cpuset / "cgroup.clone_children", 1)

    def allow(self, vcpu: float) -> None:
        """Set the microseconds of CPU in each period."""
        put(self.cpu / "cpu.cfs_period_us", PERIOD_US)
        put(self.cpu / "cpu.cfs_quota_us", int(vcpu * PERIOD_US))

    def weigh(self, leaf: str, weight: int) -> None:
        """Set the leaf's shares, of which version 1 has 1024 by default."""
        put(self.cpu / leaf / "cpu.shares", weight * 1024 // 100)

    def count(self, leaf: str) -> Count:
        """Return the counts of a leaf."""
        return Count(
            cpu_s=number(self.cpuacct / leaf / "cpuacct.usage") / NS_PER_S,
            charged_bytes=number(self.memory / leaf / "memory.usage_in_bytes"),
            charged_peak_bytes=number(self.memory / leaf / "memory.max_usage_in_bytes"),
        )

    def count_all(self) -> Whole:
        """Return the counts of the whole."""
        return Whole(
            **asdict(self.count("")),
            # What version 1 calls RSS is anonymous memory alone.
            anonymous_bytes=table(self.memory / "memory.stat")["total_rss"],
            throttled_s=table(self.cpu / "cpu.stat")["throttled_time"] / NS_PER_S,
        )

    def oom_kill(self, leaf: str) -> int:
        """Return the kills, which version 1 counts in the victim's own group alone."""
        return table(self.memory / leaf / "memory.oom_control")["oom_kill"]

    def reset_peaks(self) -> None:
        """Reset the peaks of the whole and of each leaf."""
        for leaf in ("", *self.leaves()):
            put(self.memory / leaf / "memory.max_usage_in_bytes", 0)
