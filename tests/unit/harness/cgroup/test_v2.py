"""Version 2, on trees of plain files."""

from pathlib import Path

import pytest

from harness import cgroup
from harness.cgroup.group import Limits, Whole
from harness.cgroup.v2 import V2
from tests.unit.harness.cgroup import kernel

LIMITS = Limits(memory_bytes=3 * 2**30, vcpu=1.5, cores=(0, 3))
TOKEN = "0123456789abcdef"
LEAVES = ("kafka", "load_tool")
NAME = "pipeline-benchmark-0123456789ab"
ALL = "cpu cpuset memory"


@pytest.fixture(autouse=True)
def no_systemd(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's own `systemd-run`, where there is one, is none of the tests' machine."""
    monkeypatch.setenv("PATH", str(_links(tmp_path_factory.mktemp("bin"))))


def _links(folder: Path) -> Path:
    for program in ("true", "sh"):
        (folder / program).symlink_to(Path("/bin") / program)
    return folder


def make(root: Path) -> V2:
    group = cgroup.create_tree(TOKEN, LIMITS, LEAVES, lambda _: None, root)
    assert isinstance(group, V2)
    return group


def text(path: Path) -> str:
    return path.read_text().strip()


def test_stands_below_our_own_group_where_that_has_no_processes(root: Path) -> None:
    point = kernel.v2(root, group="/ours", enabled={"/": ALL})

    group = make(root)

    assert group.folder == point / "ours" / NAME
    assert text(point / "ours/cgroup.subtree_control") == "+cpu +cpuset +memory"


def test_a_leaf_may_weigh_more(root: Path) -> None:
    kernel.v2(root, group="/ours", enabled={"/": ALL})
    group = make(root)
    light, heavy = LEAVES

    group.weigh(heavy, 200)

    assert text(group.folder / heavy / "cpu.weight") == "200"
    assert text(group.folder / light / "cpu.weight") == "100"


def test_stands_below_the_nearest_group_that_hands_down_controllers(root: Path) -> None:
    enabled = {"/": "cpu memory", "/a": "memory", "/a/b": "memory"}
    point = kernel.v2(root, group="/a/b/c", enabled=enabled)
    kernel.full(point / "a/b/c")

    group = make(root)

    # b has no CPU controller to hand down, and a does not hand down its own yet.
    assert group.folder == point / "a" / NAME
    assert not (point / "a/b" / NAME).exists()
    # Nor has anyone here one that sets the cores.
    assert not (group.folder / "cpuset.cpus").exists()


def test_limits_stand_at_the_parent(root: Path) -> None:
    kernel.v2(root, group="/ours", enabled={"/": ALL})

    folder = make(root).folder

    assert text(folder / "memory.max") == str(3 * 2**30)
    assert text(folder / "memory.swap.max") == "0"
    assert text(folder / "cpu.max") == "150000 100000"
    assert text(folder / "cpuset.cpus") == "0,3"
    assert text(folder / "kafka" / "memory.max") == "max"
    assert text(folder / "kafka" / "cgroup.procs") == "0"


def test_counts_in_seconds_and_bytes(root: Path) -> None:
    kernel.v2(root, group="/ours", enabled={"/": ALL})
    group = make(root)
    kernel.fill(
        group.folder,
        {
            "memory.current": "700\n",
            "memory.peak": "900\n",
            "memory.stat": "anon 600\nfile 100\n",
            "cpu.stat": "usage_usec 2500000\nnr_throttled 3\nthrottled_usec 1500000\n",
        },
    )
    kernel.fill(group.folder / "kafka", {"memory.events": "oom 1\noom_kill 2\n"})
    (group.folder / "kafka" / "memory.peak").unlink()

    counts = group.read()

    assert counts.whole == Whole(
        cpu_s=2.5, charged_bytes=700, charged_peak_bytes=900, anonymous_bytes=600, throttled_s=1.5
    )
    assert counts.leaves["kafka"].charged_peak_bytes is None
    assert counts.oom_kills == {"kafka": 2, "load_tool": 0}


def test_is_removed_whole(root: Path) -> None:
    point = kernel.v2(root, group="/ours", enabled={"/": ALL})
    group = make(root)

    group.remove()

    assert not group.folder.exists()
    assert (point / "ours").is_dir()


def test_is_none_where_nothing_can_be_written(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    point = kernel.v2(root, group="/ours", enabled={"/": ALL})
    for folder in (point, point / "ours"):
        kernel.full(folder)

    assert cgroup.create_tree(TOKEN, LIMITS, LEAVES, lambda _: None, root) is None

    assert capsys.readouterr().err.count("no cgroup at") == 2
    assert not [path for path in root.rglob("*") if NAME in path.name]


def test_is_none_where_the_one_hierarchy_has_no_controllers(root: Path) -> None:
    point = kernel.v2(root, group="/", enabled={})
    kernel.fill(point, {"cgroup.controllers": ""})

    assert cgroup.create_tree(TOKEN, LIMITS, LEAVES, lambda _: None, root) is None
