"""What environment.json holds besides the record's part."""

import json
import os
import platform
from pathlib import Path

import psutil
import pytest

from harness.record import facts


def test_a_small_file_s_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "ROOT", tmp_path)
    source = tmp_path / facts.FILES["clock_source"]
    source.parent.mkdir(parents=True)
    source.write_text("tsc\n")

    assert facts.collect_facts(tmp_path)["clock_source"] == "tsc"


def test_what_is_not_there_is_null(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise OSError

    monkeypatch.setattr(facts, "ROOT", tmp_path)
    monkeypatch.setattr(psutil, "cpu_freq", lambda: None)
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [])  # noqa: A006 - psutil's word
    monkeypatch.setattr(os, "getloadavg", absent)
    monkeypatch.setattr(platform, "freedesktop_os_release", dict)

    found = facts.collect_facts(tmp_path)

    absent_names = {"virtualisation", "cpu_mhz", "cpu_mitigations", "file_system", "load_average"}
    assert {name for name, fact in found.items() if fact is None} == {
        *facts.FILES,
        *absent_names,
        "operating_system",
    }


@pytest.mark.parametrize(("flags", "expected"), [("fpu hypervisor vme", True), ("fpu vme", False)])
def test_a_hypervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, expected: bool
) -> None:
    monkeypatch.setattr(facts, "ROOT", tmp_path)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: {flags}\n")

    assert facts.detect_virtualisation() is expected


def test_the_file_system_is_the_innermost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def partition(mountpoint: Path, fstype: str) -> object:
        return type("Partition", (), {"mountpoint": str(mountpoint), "fstype": fstype, "opts": ""})

    inner = tmp_path / "inner"
    inner.mkdir()
    mounts = [partition(Path("/"), "ext4"), partition(inner, "xfs"), partition(tmp_path, "tmpfs")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)  # noqa: A006 - psutil's word

    def type_of(folder: Path) -> object:
        found = facts.read_file_system(folder)
        assert isinstance(found, dict)
        return found["type"]

    assert type_of(inner) == "xfs"
    assert type_of(tmp_path) == "tmpfs"


def test_facts_are_json(tmp_path: Path) -> None:
    found = facts.collect_facts(tmp_path)

    assert json.loads(json.dumps(found)) == found
    assert found["processes"] is not None
    assert found["architecture"] == platform.machine()
