"""The cgroups of containers, as plain files."""

from pathlib import Path

import pytest

from harness.cgroup import containers
from harness.cgroup.containers import Containers


def group(folder: Path, cpu_us: int, charged: int, kills: int) -> None:
    folder.mkdir(parents=True)
    (folder / "cpu.stat").write_text(f"usage_usec {cpu_us}\nthrottled_usec 500000\n")
    (folder / "memory.current").write_text(f"{charged}\n")
    (folder / "memory.peak").write_text(f"{charged + 5}\n")
    (folder / "memory.stat").write_text(f"anon {charged - 1}\nfile 1\n")
    (folder / "memory.events").write_text(f"oom 0\noom_kill {kills}\n")


def test_each_is_a_leaf_and_all_are_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "MOUNT", tmp_path / "cgroup")
    monkeypatch.setattr(containers, "PROCESSES", tmp_path / "proc")
    for pid, name in ((7, "docker-a"), (8, "docker-b")):
        group(tmp_path / "cgroup" / "system.slice" / name, pid * 1_000_000, pid * 100, pid - 7)
        (tmp_path / "proc" / str(pid)).mkdir(parents=True)
        (tmp_path / "proc" / str(pid) / "cgroup").write_text(f"0::/system.slice/{name}\n")

    counts = Containers.from_pids({"kafka": 7, "web": 8}).read()

    assert counts.leaves["kafka"].cpu_s == 7
    assert counts.leaves["web"].charged_peak_bytes == 805
    assert (counts.whole.cpu_s, counts.whole.charged_bytes) == (15, 1500)
    assert (counts.whole.anonymous_bytes, counts.whole.throttled_s) == (1498, 1)
    # They did not have their peaks at one moment.
    assert counts.whole.charged_peak_bytes is None
    assert counts.oom_kills == {"kafka": 0, "web": 1}


def test_one_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        Containers({"kafka": tmp_path / "gone"}).read()
