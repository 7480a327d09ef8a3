"""The error of processes that the kernel killed for memory."""

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.cgroup import LOAD_TOOL
from harness.cgroup.group import TreeCounts
from harness.config import model
from harness.errors import OverBudget
from harness.system.units import format_gib

LARGEST = 3


def create_error(
    kills: Mapping[str, int],
    counts: TreeCounts,
    allowed: model.BudgetSettings,
    log: Callable[[str], Path],
) -> OverBudget:
    """Return the error that names the victims, the limit, and what was charged.

    `kills` are the numbers of killed processes by service. `log` returns a service's log file.
    """
    names = sorted(kills, key=lambda name: -kills[name])
    number = sum(kills.values())
    charged = {
        name: count.charged_peak_bytes or count.charged_bytes
        for name, count in counts.leaves.items()
    }
    whole = counts.whole.charged_peak_bytes or counts.whole.charged_bytes
    return OverBudget(
        f"The kernel killed {number} process{'' if number == 1 else 'es'} for memory, of"
        f" {', '.join(names)}.",
        why=f"all services and the load tool may have {format_gib(allowed.memory)}, and"
        f" {format_gib(whole)} were charged to them; the largest, at their peaks:"
        f" {format_largest(charged)}",
        do="raise budget.memory, or lower what a service may have, such as kafka.heap;"
        " `make squeeze` finds the least that is enough",
        # The run's folder has the load tool's output, the cluster's has none.
        log=None if names[0] == LOAD_TOOL else log(names[0]),
    )


def format_largest(sizes: Mapping[str, int]) -> str:
    """Return the three largest of `sizes`, in bytes by service, as text."""
    largest = sorted(sizes, key=lambda name: -sizes[name])[:LARGEST]
    return ", ".join(f"{name} {format_gib(sizes[name])}" for name in largest)
