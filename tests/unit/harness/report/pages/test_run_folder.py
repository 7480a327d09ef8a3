"""The pages of a run's folder, from what else is in it."""

import shutil
import sys
from pathlib import Path

import pytest

from harness.errors import InternalError, UsageError
from harness.report.pages import run_folder
from tests.unit.harness.record import example, folders


def test_they_are_made_anew_alike(tmp_path: Path) -> None:
    folder = folders.lay(tmp_path / "run", example.result())
    assert run_folder.write_run_pages(folder).report.name == "report.html"
    made = [folder / f"{name}.{kind}" for name in ("report", "analysis") for kind in ("html", "md")]
    first = {path.name: path.read_bytes() for path in made}
    for path in made:
        path.unlink()

    run_folder.write_run_pages(folder)

    assert first == {path.name: path.read_bytes() for path in made}


def test_both_say_the_same(tmp_path: Path) -> None:
    folder = folders.lay(tmp_path / "run", example.result())
    texts = [run_folder.write_run_pages(folder).report.read_text(encoding="utf-8")]
    texts.append((folder / "report.md").read_text(encoding="utf-8"))

    for text in texts:
        for words in ("VALID", "42,452", "4,000 at the most", "Memory by service", "logs/web.log"):
            assert words in text


def test_a_folder_without_a_record_has_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no run's record"):
        run_folder.write_run_pages(tmp_path)


def test_one_among_the_results_leads_to_all_of_them(tmp_path: Path) -> None:
    among = run_folder.write_run_pages(
        folders.lay(tmp_path / "runs" / "run", example.result())
    ).report
    alone = run_folder.write_run_pages(folders.lay(tmp_path / "run", example.result())).report

    assert 'href="../../index.html"' in among.read_text(encoding="utf-8")
    assert "index.html" not in alone.read_text(encoding="utf-8")


def test_without_the_analysis_none_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders.lay(tmp_path / "run", example.result())
    monkeypatch.setattr(sys, "executable", shutil.which("false"))

    with pytest.raises(InternalError, match="could not be made"):
        run_folder.write_run_pages(folder)

    assert not [*folder.glob("*.html"), *folder.glob("*.md")]
