import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from harness.cluster.artifacts import sums

TEXTS = {"a.jar": b"alpha", "b.jar": b"beta"}
EXPECTED = {name: hashlib.sha256(text).hexdigest() for name, text in TEXTS.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "plugins" / "hive"
    made.mkdir(parents=True)
    for name, text in TEXTS.items():
        (made / name).write_bytes(text)
    return made


def faults(folder: Path, known: dict[str, sums.State] | None = None) -> list[str]:
    return sums.faults(folder, EXPECTED, sums.states(folder), known or {})


def test_what_was_written_is_read_by_set(folder: Path, tmp_path: Path) -> None:
    lock = tmp_path / "sums"
    sums.write(lock, folder.parent.parent / "plugins")
    assert sums.read(lock) == {"hive": EXPECTED}


def test_the_list_is_one_that_sha256sum_checks(folder: Path, tmp_path: Path) -> None:
    lock = tmp_path / "sums"
    sums.write(lock, tmp_path / "plugins")

    def check() -> int:
        command = ["sha256sum", "--check", "--strict", str(lock)]
        return subprocess.run(
            command, cwd=folder.parent, capture_output=True, check=False
        ).returncode

    assert check() == 0
    (folder / "a.jar").write_bytes(b"ALPHA")
    assert check() == 1


def test_a_whole_folder_has_no_fault(folder: Path) -> None:
    assert faults(folder) == []


@pytest.mark.parametrize("text", [b"alphb", b"alp", b""])
def test_a_changed_or_truncated_file_is_named(folder: Path, text: bytes) -> None:
    (folder / "a.jar").write_bytes(text)
    (fault,) = faults(folder)
    assert fault.startswith("a.jar is changed or cut short")
    assert EXPECTED["a.jar"][:12] in fault


def test_missing_and_additional_files_are_named(folder: Path) -> None:
    (folder / "a.jar").rename(folder / "c.jar")
    assert faults(folder) == ["a.jar is missing", "c.jar does not belong there"]


def test_an_absent_folder_lacks_every_file(tmp_path: Path) -> None:
    assert faults(tmp_path / "none") == ["a.jar is missing", "b.jar is missing"]


def test_a_file_in_its_known_state_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = sums.states(folder)
    read: list[str] = []

    def sha256(path: Path) -> str:
        read.append(path.name)
        return EXPECTED[path.name]

    monkeypatch.setattr(sums, "sha256", sha256)
    assert faults(folder, known) == []
    assert read == []
    (folder / "b.jar").write_bytes(b"beta")
    assert faults(folder, known) == []
    assert read == ["b.jar"]


def test_a_change_that_keeps_size_and_modification_time_is_seen(folder: Path) -> None:
    known = sums.states(folder)
    path = folder / "a.jar"
    before = path.stat()
    path.write_bytes(b"ALPHA")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert len(faults(folder, known)) == 1


def test_the_digest_tells_sets_apart_whatever_their_order() -> None:
    assert sums.digest(EXPECTED) == sums.digest(dict(reversed(EXPECTED.items())))
    assert sums.digest(EXPECTED) != sums.digest({**EXPECTED, "a.jar": EXPECTED["b.jar"]})
