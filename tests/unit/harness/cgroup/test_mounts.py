"""Which hierarchies there are, and which group is ours."""

from pathlib import Path

from harness.cgroup.mounts import Mounts

OF_V1 = """\
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
36 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
38 31 0:34 / /sys/fs/cgroup/a\\040set rw - cgroup cgroup rw,cpuset
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
"""


def of(root: Path, mounts: str, groups: str) -> Mounts:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text(mounts)
    (root / "proc/self/cgroup").write_text(groups)
    return Mounts.from_proc(root)


def test_joint_mounts_and_blanks(tmp_path: Path) -> None:
    groups = "4:memory:/a:b\n3:cpuset:/\n2:cpu,cpuacct:/c\n1:name=systemd:/\n0::/\n"

    mounts = of(tmp_path, OF_V1, groups)

    cgroup = tmp_path / "sys/fs/cgroup"
    assert mounts.has_v1()
    assert mounts.v1 == {
        "memory": cgroup / "memory/a:b",
        "cpu": cgroup / "cpu,cpuacct/c",
        "cpuacct": cgroup / "cpu,cpuacct/c",
        "cpuset": cgroup / "a set",
    }
    assert list(mounts.v2_upwards()) == [cgroup / "unified"]


def test_version_2_from_our_own_group_upwards(tmp_path: Path) -> None:
    mounts = of(tmp_path, "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 none rw\n", "0::/a/b\n")

    cgroup = tmp_path / "sys/fs/cgroup"
    assert not mounts.has_v1()
    assert list(mounts.v2_upwards()) == [cgroup / "a/b", cgroup / "a", cgroup]


def test_a_container_sees_its_own_group_as_the_mount(tmp_path: Path) -> None:
    line = "31 23 0:28 /docker/1f /sys/fs/cgroup ro - cgroup2 cgroup rw\n"

    mounts = of(tmp_path, line, "0::/docker/1f\n")

    assert list(mounts.v2_upwards()) == [tmp_path / "sys/fs/cgroup"]


def test_a_machine_without_cgroups(tmp_path: Path) -> None:
    mounts = of(tmp_path, "22 1 0:20 / /proc rw - proc proc rw\n", "")

    assert not mounts.has_v1()
    assert list(mounts.v2_upwards()) == []
