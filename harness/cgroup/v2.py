"""A cgroup tree of version 2.

The files and their units: Documentation/admin-guide/cgroup-v2.rst of the kernel. This was run on
trees of plain files only: no machine with version 2 was at hand.
"""

import os
import signal
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from harness.cgroup.group import PERIOD_US, Count, Limits, Tree, Whole, number, put, table
from harness.system.process import Identity

NEEDED = frozenset({"memory", "cpu"})
WANTED = frozenset({*NEEDED, "cpuset"})
US_PER_S = 1_000_000


class V2(Tree):
    """The parent's folder in the one hierarchy; `placeholder` keeps one that systemd made."""

    kind: Literal["cgroup-v2"] = "cgroup-v2"
    folder: Path
    placeholder: Identity | None = None

    def folders(self) -> Sequence[Path]:
        """Return the only folder."""
        return [self.folder]

    def limit(self, limits: Limits) -> None:
        """Make the parent, which alone has the CPU quota and the cores.

        The kernel refuses where the group above has processes of its own (its rule of no internal
        processes), or does not have the controllers.
        """
        enable(self.folder.parent)
        # One that systemd made is there already.
        self.folder.mkdir(exist_ok=True)
        put(self.folder / "memory.max", limits.memory_bytes)
        if (self.folder / "memory.swap.max").exists():
            put(self.folder / "memory.swap.max", 0)
        self.allow(limits.vcpu)
        if (self.folder / "cpuset.cpus").exists():
            put(self.folder / "cpuset.cpus", limits.cpus)
        enable(self.folder)

    def allow(self, vcpu: float) -> None:
        """Set the microseconds of CPU in each period."""
        put(self.folder / "cpu.max", f"{int(vcpu * PERIOD_US)} {PERIOD_US}")

    def weigh(self, leaf: str, weight: int) -> None:
        """Set the leaf's own file."""
        put(self.folder / leaf / "cpu.weight", weight)

    def remove(self) -> None:
        """Remove the tree; systemd removes its own scope once that is empty."""
        if self.placeholder is not None and self.placeholder.alive():
            os.kill(self.placeholder.pid, signal.SIGKILL)
        super().remove()

    def count(self, leaf: str) -> Count:
        """Return the counts of a leaf."""
        folder = self.folder / leaf
        # Since Linux 5.19.
        peak = folder / "memory.peak"
        return Count(
            cpu_s=table(folder / "cpu.stat")["usage_usec"] / US_PER_S,
            charged_bytes=number(folder / "memory.current"),
            charged_peak_bytes=number(peak) if peak.exists() else None,
        )

    def count_all(self) -> Whole:
        """Return the counts of the whole."""
        return Whole(
            **asdict(self.count("")),
            anonymous_bytes=table(self.folder / "memory.stat")["anon"],
            throttled_s=table(self.folder / "cpu.stat")["throttled_usec"] / US_PER_S,
        )

    def oom_kill(self, leaf: str) -> int:
        """Return the kills, which version 2 counts in the victim's group and in all above it."""
        return table(self.folder / leaf / "memory.events")["oom_kill"]

    def reset_peaks(self) -> None:
        """Do nothing: a reset holds only for the open file that it was written to."""


def enable(folder: Path) -> None:
    """Enable the controllers for the groups below `folder`; raises OSError where that fails."""
    there = set((folder / "cgroup.controllers").read_text(encoding="ascii").split())
    if not there >= NEEDED:
        raise FileNotFoundError(f"{folder} has no controllers {', '.join(sorted(NEEDED - there))}")
    control = folder / "cgroup.subtree_control"
    if not set(control.read_text(encoding="ascii").split()) >= WANTED & there:
        put(control, " ".join(f"+{controller}" for controller in sorted(WANTED & there)))
