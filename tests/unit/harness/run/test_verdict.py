"""Whether a budget was kept, and what is said where it was not."""

from pathlib import Path
from typing import Any

import pytest

from harness.cgroup.group import Count, TreeCounts, Whole
from harness.config import model
from harness.errors import HarnessError, OverBudget, ServiceFailed
from harness.monitor.cgroup_counters import CgroupCounters
from harness.monitor.meter import CpuSnapshot
from harness.record.models import Resources
from harness.run import verdict
from harness.system.units import GIB
from tests.unit.harness.record import example

ALLOWED = model.BudgetSettings(vcpu=2, memory=GIB)


def used(cpu_s: float, pss: int | None, cgroup_cpu_s: float | None = None) -> Resources:
    resources = example.result().resources
    assert resources is not None
    total = resources.total.model_copy(
        update={
            "cpu_s": cpu_s,
            "cpu_cores_mean": cpu_s / 10,
            "pss_peak_bytes": pss,
            "cgroup_cpu_s": cgroup_cpu_s,
        }
    )
    return resources.model_copy(update={"total": total})


def counts(
    cpu_s: float = 0, charged: int = GIB, kills: int = 0, throttled_s: float = 0
) -> TreeCounts:
    whole = Whole(cpu_s, charged, charged, charged // 2, throttled_s)
    leaf = Count(cpu_s, charged // 4, charged // 4)
    return TreeCounts(whole, {"streaming": leaf, "kafka": leaf}, {"streaming": kills, "kafka": 0})


def kernel_of(counts: TreeCounts | None) -> CgroupCounters:
    class Told:
        kind = "cgroup-v1"

        def read(self) -> TreeCounts | None:
            return counts

    groups: list[Any] = [None]
    kernel = CgroupCounters(lambda: groups[0])
    if counts is not None:
        groups[0] = Told()
        kernel.sample()
    return kernel


def mark(moment: float, counts: TreeCounts | None = None) -> CpuSnapshot:
    return CpuSnapshot(moment, {}, counts)


class TestWatched:
    @pytest.mark.parametrize(
        ("cpu_s", "pss", "within"),
        [
            (19, GIB, True),
            (19, GIB + 1, False),
            # Of 10 s at 2 vCPU; a period's quota may fall on either end.
            (20.4, GIB, True),
            (20.5, GIB, False),
            (19, None, None),
        ],
    )
    def test_by_what_was_seen(self, cpu_s: float, pss: int | None, within: bool | None) -> None:
        budget = verdict.judge(ALLOWED, used(cpu_s, pss), kernel_of(None), mark(5.0), mark(15.0))

        assert budget.enforced_by == "none"
        assert budget.within is within
        assert budget.memory_peak_bytes == pss
        assert (budget.oom_kills, budget.throttled_s, budget.anonymous_peak_bytes) == (None,) * 3

    def test_error_names_the_largest(self) -> None:
        resources = used(19, 2 * GIB)
        budget = verdict.judge(ALLOWED, resources, kernel_of(None), mark(5.0), mark(15.0))

        error = verdict.exceeded(budget, resources)

        assert error.exit_code == 6
        assert "at most 2.00 GiB of 1.00 GiB" in error.why
        assert "the largest, at their peaks: streaming" in error.why


class TestEnforced:
    @pytest.mark.parametrize(
        ("kills", "cpu_s", "within"), [(0, 19, True), (1, 19, False), (0, 21, False)]
    )
    def test_by_the_kernel_s_counts(self, kills: int, cpu_s: float, within: bool) -> None:
        begin, end = counts(throttled_s=1.0), counts(kills=kills, throttled_s=3.5)

        budget = verdict.judge(
            ALLOWED,
            # What psutil saw does not count.
            used(25, 2 * GIB, cgroup_cpu_s=cpu_s),
            kernel_of(end),
            mark(5.0, begin),
            mark(15.0, end),
        )

        assert budget.enforced_by == "cgroup-v1"
        assert budget.within is within
        assert (budget.memory_peak_bytes, budget.anonymous_peak_bytes) == (GIB, GIB // 2)
        assert budget.throttled_s == 2.5
        assert budget.oom_kills == kills
        assert budget.oom_kills_by_service == ({"streaming": kills} if kills else {})

    def test_run_that_ended_before_the_load_is_judged_by_memory(self) -> None:
        budget = verdict.judge(ALLOWED, None, kernel_of(counts(kills=1)), None, None)

        assert budget.within is False
        assert budget.oom_kills == 1


class TestOomKill:
    def record(
        self, error: HarnessError | KeyboardInterrupt | None, kills: int
    ) -> HarnessError | KeyboardInterrupt | None:
        kernel = kernel_of(counts(kills=kills))
        return verdict.record_oom_kill(error, kernel, ALLOWED, lambda name: Path(f"{name}.log"))

    @pytest.mark.parametrize("error", [None, ServiceFailed("streaming has died")])
    def test_comes_before_the_error_that_it_caused(self, error: HarnessError | None) -> None:
        told = self.record(error, kills=1)

        assert isinstance(told, OverBudget)
        assert told.what == "The kernel killed 1 process for memory, of streaming."
        assert told.log == Path("streaming.log")

    def test_does_not_hide_an_interrupt(self) -> None:
        interrupt = KeyboardInterrupt()
        assert self.record(interrupt, kills=1) is interrupt

    @pytest.mark.parametrize("error", [None, ServiceFailed("streaming has died")])
    def test_that_did_not_happen_changes_nothing(self, error: HarnessError | None) -> None:
        assert self.record(error, kills=0) is error
