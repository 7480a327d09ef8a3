import shutil
from pathlib import Path

import pytest

from harness.commands import clean
from harness.errors import Missing, ServiceFailed
from harness.system import machine
from harness.system.venv import VirtualEnvironment


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").touch()
    for name in (".cache/jars", ".mypy_cache", "app/deep/__pycache__", "results/runs/1", "app/src"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "results/runs/1/result.json").touch()
    return tmp_path


def lay_harness(root: Path, code: int) -> None:
    """An environment whose `python -m harness down` writes a line and ends with `code`."""
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$@" >> down\nexit {code}\n', encoding="utf-8")
    python.chmod(0o755)
    environment = VirtualEnvironment(root)
    environment.stamp.write_text(environment.key(), encoding="utf-8")


def names(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()}


def test_what_can_be_made_again_goes_and_results_stay(root: Path) -> None:
    assert clean.main(root) == 0
    assert names(root) == {"requirements.txt", "results", "app"}
    assert (root / "results/runs/1/result.json").exists()
    assert names(root / "app") == {"deep", "src"}
    assert not (root / "app/deep/__pycache__").exists()


def test_it_may_be_said_twice(root: Path) -> None:
    assert clean.main(root) == 0
    assert clean.main(root) == 0


def test_a_cluster_is_stopped_first(root: Path) -> None:
    (root / ".work").mkdir()
    lay_harness(root, 0)
    clean.main(root)
    assert (root / "down").read_text(encoding="utf-8") == "-Es -m harness down\n"
    assert not (root / ".venv").exists()
    assert not (root / ".work").exists()


def test_nothing_is_asked_where_no_cluster_was(root: Path) -> None:
    lay_harness(root, 1)
    clean.main(root)
    assert not (root / "down").exists()


def test_a_cluster_that_does_not_stop_keeps_everything(root: Path) -> None:
    (root / ".work").mkdir()
    lay_harness(root, 4)
    with pytest.raises(ServiceFailed, match="nothing was removed"):
        clean.main(root)
    assert (root / ".work").is_dir()
    assert (root / ".cache/jars").is_dir()


def test_work_without_an_environment_goes(root: Path) -> None:
    (root / ".work").mkdir()
    assert clean.main(root) == 0
    assert not (root / ".work").exists()


@pytest.mark.parametrize("own", [".venv/lib/mine.py", ".cache/notes", ".work/notes"])
def test_what_is_the_users_own_stays_and_is_named(
    root: Path, own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / own).parent.mkdir(parents=True, exist_ok=True)
    (root / own).touch()
    assert clean.main(root) == 0
    assert (root / own).exists()
    assert not (root / ".cache/jars").exists()
    assert str(root / own.partition("/")[0]) in capsys.readouterr().err


@pytest.mark.parametrize("name", [".venv", ".cache", ".work"])
def test_of_a_link_the_link_alone_goes(root: Path, name: str) -> None:
    elsewhere = root / "app" / "elsewhere"
    (elsewhere / "jars").mkdir(parents=True)
    if (root / name).exists():
        shutil.rmtree(root / name)
    (root / name).symlink_to(elsewhere)
    assert clean.main(root) == 0
    assert not (root / name).is_symlink()
    assert (elsewhere / "jars").exists()


def test_folders_of_another_user_are_left(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_root: Path) -> machine.Finding:
        return machine.Finding("folders", "of root", machine.Level.REFUSED, "chown")

    monkeypatch.setattr(machine, "check_places", refuse)
    with pytest.raises(Missing, match="of root"):
        clean.main(root)
    assert (root / ".cache/jars").exists()
