"""The budget in the kernel's hands: what it counts, whom it kills, and that nothing is left."""

import os
import re
import signal

import pytest

from harness import cgroup
from harness.config.model import BudgetSettings
from harness.system.units import GIB
from tests.pipeline.repository import Repository, Whole

AGREEMENT = 0.03


@pytest.fixture(scope="module", autouse=True)
def enforced() -> None:
    """Skips these tests where they have nothing to test."""
    if not cgroup.can_enforce(BudgetSettings()):
        pytest.skip("no cgroup of this machine can be written")


@pytest.mark.timeout(900)
def test_is_enforced_and_kept(whole: Whole) -> None:
    assert "Kept. The kernel enforced it (cgroup-" in whole.said.out
    kept = whole.result.budget
    assert kept.enforced_by in ("cgroup-v1", "cgroup-v2")
    assert kept.within is True
    assert (kept.oom_kills, kept.oom_kills_by_service) == (0, {})
    assert kept.memory_peak_bytes is not None
    assert kept.anonymous_peak_bytes is not None
    assert GIB < kept.anonymous_peak_bytes <= kept.memory_peak_bytes <= kept.memory_bytes


def test_kernel_agrees_on_the_cpu_seconds(whole: Whole) -> None:
    resources = whole.result.resources
    assert resources is not None
    assert resources.load_tool is not None
    usages = [*resources.services.values(), resources.load_tool]
    by_service = sum(usage.cpu_s for usage in usages)
    assert by_service == pytest.approx(resources.total.cpu_s)
    assert resources.total.cgroup_cpu_s == pytest.approx(by_service, rel=AGREEMENT)
    # Every process is in its own service's leaf, and nothing is beside the leaves.
    by_leaf = sum(usage.cgroup_cpu_s or 0 for usage in usages)
    assert by_leaf == pytest.approx(resources.total.cgroup_cpu_s, rel=0.01)
    assert all(usage.cgroup_cpu_s for usage in usages)
    assert all(usage.cgroup_memory_peak_bytes for usage in usages)


def test_too_little_memory_ends_with_6_and_names_the_service(alone: Repository) -> None:
    before = alone.runs()
    said = alone.harness("bench", "--set", "budget.memory=600MB")
    assert said.code == 6, said
    assert "Traceback" not in said.err
    assert "may have 0.59 GiB" in said.err
    assert "do: " in said.err
    assert alone.left() == []
    (run,) = set(alone.runs()) - set(before)
    result = alone.result(run)
    assert result.status == "error"
    assert result.budget.within is False
    killed = result.budget.oom_kills_by_service
    assert sum(killed.values()) == result.budget.oom_kills
    named = re.search(r"^The kernel killed .+ for memory, of (.+)\.$", said.err, re.MULTILINE)
    assert named is not None
    assert set(named[1].split(", ")) == set(killed)
    assert any("for memory" in reason for reason in result.reasons)


def test_killed_harness_and_supervisor_leave_no_cgroup_after_down(alone: Repository) -> None:
    with alone.begin("smoke") as smoke:
        smoke.wait_for(lambda: len(alone.sessions()) > 3)
        state, supervisor = alone.state(), alone.supervisor()
        assert state is not None
        assert state.group is not None
        os.kill(smoke.pid, signal.SIGKILL)
        supervisor.kill()
        assert smoke.wait() == -signal.SIGKILL
    assert all(folder.exists() for folder in state.group.folders())
    said = alone.harness("down")
    assert said.code == 0, said
    assert not any(folder.exists() for folder in state.group.folders())
    assert alone.left() == []
