"""The budget in the kernel's hands: a cgroup tree for one cluster, v1 or v2, or through systemd."""

import math
import os
import secrets
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from harness.cgroup import systemd
from harness.cgroup.group import Limits
from harness.cgroup.mounts import Mounts
from harness.cgroup.v1 import V1
from harness.cgroup.v2 import V2
from harness.config import model

LOAD_TOOL, HARNESS = "load_tool", "harness"
"""The names that stand beside those of the services wherever usage is counted."""

TARGET_CORES = 2
"""The cores of the machine that the budget speaks of."""

Group = V1 | V2


def compute_limits(budget: model.BudgetSettings) -> Limits:
    """Return the limits that a budget comes to on this machine.

    A budget below 2 vCPU is a share of the target's two cores, as `docker --cpus` has it: the
    quota holds it, and is seen to hold it, where a single core would hide that.
    """
    width = max(TARGET_CORES, math.ceil(budget.vcpu))
    cores = tuple(sorted(os.sched_getaffinity(0))[:width])
    return Limits(memory_bytes=budget.memory, vcpu=budget.vcpu, cores=cores)


def create_tree(
    token: str,
    limits: Limits,
    leaves: Collection[str],
    note: Callable[[Group], None],
    root: Path = Path("/"),
) -> Group | None:
    """Make the tree in the first place that can be written; None where none can.

    `note` is told of each tree before anything of it is there, so that it can be removed whatever
    happens. Why a place was no good goes to standard error. All paths are below `root`.
    """
    for group in _places(f"pipeline-benchmark-{token[:12]}", limits, root):
        note(group)
        try:
            group.make(limits, leaves)
        except OSError as error:
            print(f"no cgroup at {group.place}: {error}", file=sys.stderr)
            group.remove()
        else:
            return group
    return None


def can_enforce(allowed: model.BudgetSettings) -> bool:
    """Return whether this machine lets a budget be enforced, by making a tree and removing it."""
    group = create_tree(secrets.token_hex(6), compute_limits(allowed), (LOAD_TOOL,), lambda _: None)
    if group is None:
        return False
    group.remove()
    return True


def _places(name: str, limits: Limits, root: Path) -> Iterator[Group]:
    """Yield trees below our own group; on v2 also below each ancestor, and in systemd's scope."""
    mounts = Mounts.from_proc(root)
    if mounts.has_v1():
        own = mounts.v1
        yield V1(
            memory=own["memory"] / name,
            cpu=own["cpu"] / name,
            cpuacct=own["cpuacct"] / name,
            cpuset=own["cpuset"] / name,
        )
    for folder in mounts.v2_upwards():
        yield V2(folder=folder / name)
    if mounts.v2 is not None:
        scope = systemd.scope(name, limits, mounts.v2, root)
        if scope is not None:
            folder, placeholder = scope
            yield V2(folder=folder, placeholder=placeholder)
