"""Facts of the machine; none is invented, and none is missed when it is missing."""

import os
import platform
import subprocess
from pathlib import Path

import psutil
import pytest

from harness.record import environment
from harness.system.child_environment import SERVICE

GIB = 2**30


def commit(folder: Path) -> str:
    """Makes a repository with one commit of one file; returns the commit."""
    folder.mkdir(exist_ok=True)
    (folder / "file").write_text("first\n")
    author = ("-c", "user.name=a", "-c", "user.email=a@localhost", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "."), (*author, "commit", "-q", "-m", "first")):
        subprocess.run(["git", "-C", folder, *arguments], check=True)
    return subprocess.run(
        ["git", "-C", folder, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_commit(tmp_path: Path) -> None:
    made = commit(tmp_path)

    git = environment.read_git(tmp_path)

    assert git.commit == made
    assert git.dirty is False


@pytest.mark.parametrize("name", ["file", "another"])
def test_a_changed_or_a_new_file_is_dirty(tmp_path: Path, name: str) -> None:
    made = commit(tmp_path)
    (tmp_path / name).write_text("second\n")

    git = environment.read_git(tmp_path)

    assert (git.commit, git.dirty) == (made, True)


def test_a_new_file_is_dirty_whatever_the_users_git_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(tmp_path)
    (tmp_path / "new").touch()
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "status.showUntrackedFiles")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "no")

    assert environment.read_git(tmp_path).dirty is True


def test_no_repository(tmp_path: Path) -> None:
    git = environment.read_git(tmp_path)

    assert (git.commit, git.dirty) == (None, None)


def test_a_repository_around_ours_is_not_ours(tmp_path: Path) -> None:
    commit(tmp_path)
    inside = tmp_path / "inside"
    inside.mkdir()

    assert environment.read_git(inside).commit is None


def test_no_commit_yet(tmp_path: Path) -> None:
    subprocess.run(["git", "-C", tmp_path, "init", "-q"], check=True)

    git = environment.read_git(tmp_path)

    assert (git.commit, git.dirty) == (None, False)


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert environment.read_git(tmp_path).commit is None


def test_the_processor_s_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    monkeypatch.setattr(environment, "CPUINFO", cpuinfo)
    assert environment.read_cpu_model() is None

    cpuinfo.write_text("processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC 9R14 \n" * 2)
    assert environment.read_cpu_model() == "AMD EPYC 9R14"

    cpuinfo.write_text("processor\t: 0\nBogoMIPS\t: 50.00\n")
    assert environment.read_cpu_model() is None


def test_usable_cores_are_those_of_the_affinity() -> None:
    before = os.sched_getaffinity(0)
    assert environment.read_host().cores == len(before)

    os.sched_setaffinity(0, {min(before)})
    try:
        assert environment.read_host().cores == 1
    finally:
        os.sched_setaffinity(0, before)


def test_hosts_are_told_apart_by_processor_cores_and_memory() -> None:
    one = environment.compute_fingerprint("AMD EPYC", 2, 8 * GIB)

    assert environment.compute_fingerprint("AMD EPYC", 2, 8 * GIB - 300 * 2**20) == one
    others = {
        environment.compute_fingerprint("AMD EPYC", 4, 8 * GIB),
        environment.compute_fingerprint("AMD EPYC", 2, 16 * GIB),
        environment.compute_fingerprint("Intel Xeon", 2, 8 * GIB),
        environment.compute_fingerprint(None, 2, 8 * GIB),
    }
    assert len(others | {one}) == 5
    assert len(one) == 12


def test_all_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = commit(tmp_path)
    monkeypatch.setenv("_JAVA_OPTIONS", "-Xmx600m -Dkey=hidden")

    found = environment.collect_environment(
        tmp_path, {"java": "17.0.15", "kafka": "4.4.0"}, "ab" * 32, SERVICE
    )

    assert found.versions == {
        "python": platform.python_version(),
        "java": "17.0.15",
        "kafka": "4.4.0",
    }
    assert found.git.commit == made
    assert found.config_sha256 == "ab" * 32
    assert "_JAVA_OPTIONS" in found.withheld_variables
    assert "hidden" not in found.model_dump_json()
    assert found.host.kernel == platform.release()
    assert found.host.memory_bytes == psutil.virtual_memory().total
    assert found.host.fingerprint == environment.compute_fingerprint(
        found.host.cpu_model, found.host.cores, found.host.memory_bytes
    )
