"""A small file system in memory, where one can be mounted, and the word for where not."""

import os
from pathlib import Path

import pytest

from harness.cluster import tmpfs
from harness.errors import Missing
from harness.system.units import MIB


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if tmpfs.hindrance() is not None:
        pytest.skip(str(tmpfs.hindrance()))
    monkeypatch.setattr(tmpfs, "SIZE_BYTES", 2 * MIB)
    folder = tmp_path / "a cluster" / "kafka"
    tmpfs.mount(folder)
    return folder


def test_is_filled_to_the_last_byte_and_freed(mounted: Path) -> None:
    (mounted / "before").write_bytes(b"x" * 1000)
    tmpfs.fill(mounted / "ballast")
    with pytest.raises(OSError, match="No space left"):
        (mounted / "after").write_bytes(b"x" * 5000)
    assert (mounted / "before").read_bytes() == b"x" * 1000
    (mounted / "ballast").unlink()
    (mounted / "after").write_bytes(b"x" * 5000)
    tmpfs.unmount_below(mounted.parent)


def test_is_gone_afterwards_also_where_somebody_holds_it(mounted: Path) -> None:
    with (mounted / "held").open("w"):
        tmpfs.unmount_below(mounted.parent)
        assert not os.path.ismount(mounted)
        assert list(mounted.iterdir()) == []


def test_others_stay(mounted: Path) -> None:
    other = mounted.parent / "kafka too"
    tmpfs.mount(other)
    tmpfs.unmount_below(mounted)
    assert os.path.ismount(other)
    tmpfs.unmount_below(other)
    assert not os.path.ismount(other)


def test_without_the_program_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tmpfs.hindrance() == "no tmpfs can be mounted: there is no mount"
    with pytest.raises(Missing, match="No tmpfs can be mounted"):
        tmpfs.mount(tmp_path / "here")
