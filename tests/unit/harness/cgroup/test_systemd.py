"""A scope of systemd's, by a stand-in for `systemd-run`."""

from pathlib import Path

import psutil
import pytest

from harness import cgroup
from harness.cgroup.group import Limits
from harness.cgroup.v2 import V2
from tests.unit.harness.cgroup import kernel

LIMITS = Limits(memory_bytes=3 * 2**30, vcpu=1.5, cores=(0, 3))
TOKEN = "0123456789abcdef"
UNIT = "pipeline-benchmark-0123456789ab.scope"

# Takes the properties down, makes the scope of the unit and becomes its process.
SYSTEMD_RUN = """#!/bin/sh
ROOT="{root}" UNIT="{unit}"
printf '%s\\n' "$@" > "$ROOT/asked"
{end}
mkdir -p "$ROOT/proc/$$"
echo "0::/system.slice/$UNIT" > "$ROOT/proc/$$/cgroup"
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""

pytestmark = pytest.mark.filterwarnings(
    # The placeholder outlives who started it.
    "ignore:subprocess .* is still running:ResourceWarning"
)


@pytest.fixture
def point(root: Path) -> Path:
    """The mount point of a machine whose groups are all systemd's, but the scope."""
    point = kernel.v2(root, group="/user.slice/session", enabled={"/": "cpu memory"})
    scope = point / "system.slice" / UNIT
    scope.mkdir(parents=True)
    for folder in (point, point / "user.slice", point / "user.slice/session"):
        kernel.full(folder)
    files = {**kernel.V2_FILES["memory"], **kernel.V2_FILES["cpu"], **kernel.V2_FILES["cpuset"]}
    kernel.fill(scope.parent, {"cgroup.controllers": "cpu cpuset memory"})
    kernel.fill(scope.parent, {"cgroup.subtree_control": "cpu cpuset memory"})
    kernel.fill(scope, {**files, "cpu.stat": kernel.CPU_STAT, "cgroup.procs": ""})
    kernel.fill(scope, {"cgroup.controllers": "cpu cpuset memory", "cgroup.subtree_control": ""})
    return point


def stand_in(root: Path, monkeypatch: pytest.MonkeyPatch, end: str = "") -> None:
    folder = root / "bin"
    folder.mkdir()
    for program in ("true", "sh", "mkdir", "sleep"):
        (folder / program).symlink_to(Path("/bin") / program)
    (folder / "systemd-run").write_text(SYSTEMD_RUN.format(root=root, unit=UNIT, end=end))
    (folder / "systemd-run").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_is_divided_as_any_other_and_ends_with_its_placeholder(
    root: Path, point: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(root, monkeypatch)

    group = cgroup.create_tree(TOKEN, LIMITS, ("kafka",), lambda _: None, root)

    assert isinstance(group, V2)
    assert group.folder == point / "system.slice" / UNIT
    assert group.placeholder is not None
    placeholder = psutil.Process(group.placeholder.pid)
    assert placeholder.cmdline() == ["sleep", "infinity"]
    # It stands aside, so that the scope may hand down controllers.
    moved = (group.folder / "placeholder" / "cgroup.procs").read_text()
    assert moved == str(placeholder.pid)
    assert (group.folder / "kafka" / "cgroup.procs").read_text().strip() == "0"
    asked = (root / "asked").read_text().splitlines()
    assert {
        "--scope",
        f"--unit={UNIT}",
        "Delegate=yes",
        f"MemoryMax={3 * 2**30}",
        "MemorySwapMax=0",
        "CPUQuota=150%",
        "AllowedCPUs=0,3",
    } <= set(asked)

    group.remove()
    assert not group.folder.exists()
    assert placeholder.wait(5) is not None


def test_is_none_where_systemd_refuses(
    root: Path, point: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(root, monkeypatch, end="exit 1")

    assert cgroup.create_tree(TOKEN, LIMITS, ("kafka",), lambda _: None, root) is None
