"""The budget verdict: whether a run kept to its budget, and the errors where it did not."""

from collections.abc import Callable
from pathlib import Path

from harness.cgroup import LOAD_TOOL, group, kills
from harness.config import model
from harness.errors import HarnessError, OverBudget, choose_error
from harness.monitor import cgroup_counters, meter
from harness.record.models import Budget, Resources, Usage
from harness.system.units import format_gib


def create_unjudged(allowed: model.BudgetSettings) -> Budget:
    """Return the budget's part of a record in which nothing was measured."""
    return Budget(
        vcpu=allowed.vcpu,
        memory_bytes=allowed.memory,
        enforced_by="none",
        memory_peak_bytes=None,
        anonymous_peak_bytes=None,
        throttled_s=None,
        oom_kills=None,
        within=None,
    )


def judge(
    allowed: model.BudgetSettings,
    used: Resources | None,
    kernel: cgroup_counters.CgroupCounters,
    begin: meter.CpuSnapshot | None,
    end: meter.CpuSnapshot | None,
) -> Budget:
    """Return the budget's part of the record.

    CPU time counts between `begin` and `end`. Where the kernel enforces the budget, its own counts
    decide, else what the sampler saw.
    """
    killed = kernel.oom_kills()
    charged = kernel.charged_peak_bytes()
    enforced = kernel.kind is not None
    seen = None if used is None else used.total.pss_peak_bytes
    peak = charged if enforced else seen
    is_within = peak is not None and peak <= allowed.memory
    if is_within and used is not None and begin is not None and end is not None:
        cpu_s = used.total.cgroup_cpu_s if enforced else used.total.cpu_s
        # One of the quota's periods may fall on either end.
        most_s = allowed.vcpu * (end.time - begin.time + 2 * group.PERIOD_US / 1_000_000)
        is_within = cpu_s is not None and cpu_s <= most_s
    return Budget(
        vcpu=allowed.vcpu,
        memory_bytes=allowed.memory,
        enforced_by=kernel.kind or "none",
        memory_peak_bytes=peak,
        anonymous_peak_bytes=kernel.anonymous_peak_bytes(),
        throttled_s=cgroup_counters.throttled_s(
            begin.cgroup if begin else kernel.first, end.cgroup if end else kernel.last
        ),
        oom_kills=sum(killed.values()) if enforced else None,
        oom_kills_by_service=killed,
        within=None if peak is None else is_within and not killed,
    )


def record_oom_kill(
    error: HarnessError | KeyboardInterrupt | None,
    kernel: cgroup_counters.CgroupCounters,
    allowed: model.BudgetSettings,
    log: Callable[[str], Path],
) -> HarnessError | KeyboardInterrupt | None:
    """Return the error that a run ended with: a kill for memory comes before most.

    An interrupt stays, and a fault of ours, and `error` where the kernel killed no process.
    """
    killed = kernel.oom_kills()
    if not (killed and kernel.last):
        return error
    return choose_error((kills.create_error(killed, kernel.last, allowed, log), error))


def exceeded(budget: Budget, used: Resources) -> OverBudget:
    """Return the error of a run that was over its budget without being ended for it."""
    # Without a peak, no run is judged.
    assert budget.memory_peak_bytes is not None
    usages = {**used.services, **({LOAD_TOOL: used.load_tool} if used.load_tool else {})}
    return OverBudget(
        "The run was over budget.",
        why=f"memory at most {format_gib(budget.memory_peak_bytes)} of"
        f" {format_gib(budget.memory_bytes)}, CPU {used.total.cpu_cores_mean:.2f} of"
        f" {budget.vcpu:g} vCPU in the mean; the largest, at their peaks:"
        f" {kills.format_largest({name: _peak(usage) for name, usage in usages.items()})}",
        do="raise budget.memory or budget.vcpu, or lower what a service may have",
    )


def _peak(usage: Usage) -> int:
    return usage.rss_peak_bytes if usage.pss_peak_bytes is None else usage.pss_peak_bytes
