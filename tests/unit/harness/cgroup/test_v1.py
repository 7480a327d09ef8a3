"""Version 1, on trees of plain files."""

from pathlib import Path

import pytest

from harness import cgroup as budget
from harness.cgroup import Group
from harness.cgroup.group import Limits, Whole
from harness.cgroup.v1 import V1
from tests.unit.harness.cgroup import kernel

LIMITS = Limits(memory_bytes=3 * 2**30, vcpu=1.5, cores=(0, 3))
TOKEN = "0123456789abcdef"
LEAVES = ("kafka", "load_tool")
NAME = "pipeline-benchmark-0123456789ab"


def make(root: Path) -> V1:
    group = budget.create_tree(TOKEN, LIMITS, LEAVES, lambda _: None, root)
    assert isinstance(group, V1)
    return group


def text(path: Path) -> str:
    return path.read_text().strip()


@pytest.mark.parametrize("joint", [False, True])
def test_stands_below_our_own_group_of_each_hierarchy(root: Path, joint: bool) -> None:
    kernel.v1(root, joint=joint, group="/ours")

    group = make(root)

    cgroup = root / "sys/fs/cgroup"
    assert group.memory == cgroup / "memory/ours" / NAME
    assert group.cpuset == cgroup / "cpuset/ours" / NAME
    assert group.cpu == cgroup / ("cpu,cpuacct" if joint else "cpu") / "ours" / NAME
    assert group.cpuacct == cgroup / ("cpu,cpuacct" if joint else "cpuacct") / "ours" / NAME
    assert len(group.folders()) == (3 if joint else 4)
    assert group.leaves() == ["kafka", "load_tool"]


def test_a_leaf_may_weigh_more(root: Path) -> None:
    kernel.v1(root)
    group = make(root)

    group.weigh("kafka", 200)

    assert text(group.cpu / "kafka" / "cpu.shares") == "2048"
    assert text(group.cpu / "load_tool" / "cpu.shares") == "1024"


def test_limits_stand_at_the_parent(root: Path) -> None:
    kernel.v1(root)

    group = make(root)

    assert text(group.memory / "memory.limit_in_bytes") == str(3 * 2**30)
    assert text(group.memory / "memory.memsw.limit_in_bytes") == str(3 * 2**30)
    assert text(group.cpu / "cpu.cfs_quota_us") == "150000"
    assert text(group.cpu / "cpu.cfs_period_us") == "100000"
    assert text(group.cpuset / "cpuset.cpus") == "0,3"
    assert text(group.cpuset / "cpuset.mems") == "0"
    assert text(group.cpuset / "cgroup.clone_children") == "1"
    assert text(group.cpu / "kafka" / "cpu.cfs_quota_us") == "-1"


def test_quota_can_be_changed(root: Path) -> None:
    kernel.v1(root)
    group = make(root)

    group.allow(0.25)

    assert text(group.cpu / "cpu.cfs_quota_us") == "25000"
    assert text(group.cpu / "cpu.cfs_period_us") == "100000"


def test_takes_a_process_in_through_every_door(root: Path) -> None:
    kernel.v1(root)

    group = make(root)

    # Whoever writes 0 moves itself.
    for folder in group.folders():
        assert text(folder / "kafka" / "cgroup.procs") == "0"
    command = group.enter("kafka", ["java", "-jar", "a b.jar"])
    assert command[-4:] == ["--", "java", "-jar", "a b.jar"]


def test_counts_in_seconds_and_bytes(root: Path) -> None:
    kernel.v1(root)
    group = make(root)
    kernel.fill(
        group.memory,
        {
            "memory.usage_in_bytes": "700\n",
            "memory.max_usage_in_bytes": "900\n",
            "memory.stat": "cache 5\nrss 0\ntotal_cache 5\ntotal_rss 600\n",
        },
    )
    kernel.fill(group.cpuacct, {"cpuacct.usage": "2500000000\n"})
    kernel.fill(group.cpu, {"cpu.stat": "nr_throttled 3\nthrottled_time 1500000000\n"})
    kernel.fill(group.memory / "kafka", {"memory.oom_control": "under_oom 0\noom_kill 2\n"})

    counts = group.read()

    assert counts.whole == Whole(
        cpu_s=2.5, charged_bytes=700, charged_peak_bytes=900, anonymous_bytes=600, throttled_s=1.5
    )
    assert counts.leaves["kafka"].cpu_s == 0
    assert counts.oom_kills == {"kafka": 2, "load_tool": 0}


def test_peaks_begin_anew(root: Path) -> None:
    kernel.v1(root)
    group = make(root)
    kernel.fill(group.memory, {"memory.max_usage_in_bytes": "900"})
    kernel.fill(group.memory / "kafka", {"memory.max_usage_in_bytes": "800"})

    group.reset_peaks()

    assert text(group.memory / "memory.max_usage_in_bytes") == "0"
    assert text(group.memory / "kafka" / "memory.max_usage_in_bytes") == "0"


def test_is_removed_whole(root: Path) -> None:
    kernel.v1(root, group="/ours")
    group = make(root)

    group.remove()

    assert not [path for path in root.rglob("*") if NAME in path.name]
    assert (root / "sys/fs/cgroup/memory/ours").is_dir()
    group.remove()
    with pytest.raises(FileNotFoundError):
        group.read()


def test_is_known_before_anything_of_it_is_there(root: Path) -> None:
    kernel.v1(root)
    noted: list[tuple[Group, bool]] = []

    group = budget.create_tree(
        TOKEN, LIMITS, LEAVES, lambda planned: noted.append((planned, planned.place.exists())), root
    )

    assert noted == [(group, False)]


def test_place_that_cannot_be_written_is_left_as_it_was(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel.v1(root)
    (root / "sys/fs/cgroup/cpuset/cpuset.mems").unlink()

    assert budget.create_tree(TOKEN, LIMITS, LEAVES, lambda _: None, root) is None

    assert not [path for path in root.rglob("*") if NAME in path.name]
    assert "cpuset.mems" in capsys.readouterr().err
