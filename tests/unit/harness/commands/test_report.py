import os
from pathlib import Path

import pytest

from harness.commands import report
from harness.errors import Missing, UsageError
from harness.record import history, store
from tests.unit.harness.compare import runs


def test_makes_the_pages_anew_and_shows_the_run(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.keep(results, [runs.make(0), runs.make(1)])
    folder = results / "runs" / runs.make(1).run_id

    report.run("latest")

    shown = capsys.readouterr().out
    assert shown.startswith(f"Run {folder.name}: VALID\n")
    assert f"Report: {os.path.relpath(folder / 'report.html')}\n" in shown
    assert folder.name in (folder / "report.html").read_text(encoding="utf-8")
    assert folder.name in (folder / "report.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("read_only")
def test_a_run_is_shown_whose_pages_cannot_be_written(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.keep(results, [runs.make(0)])
    with pytest.raises(store.NotWritten):
        report.run("latest")
    assert capsys.readouterr().out.startswith(f"Run {runs.make(0).run_id}: VALID\n")


def test_a_damaged_history_is_told_after_the_run(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.keep(results, [runs.make(0)])
    (results / history.HISTORY).write_text("damaged\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is no history of runs"):
        report.run("latest")
    assert capsys.readouterr().out.startswith(f"Run {runs.make(0).run_id}: VALID\n")
    assert (results / "runs" / runs.make(0).run_id / "report.html").is_file()


def test_an_index_that_cannot_be_written_is_told_after_the_run(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.keep(results, [runs.make(0)])
    (results / "index.html").mkdir()
    with pytest.raises(store.NotWritten):
        report.run("latest")
    assert capsys.readouterr().out.startswith(f"Run {runs.make(0).run_id}: VALID\n")


@pytest.mark.parametrize("blocked", ["", "runs"])
def test_a_file_in_the_place_of_a_folder_is_named(results: Path, blocked: str) -> None:
    place = results / blocked
    place.parent.mkdir(exist_ok=True)
    place.touch()
    with pytest.raises(Missing) as refused:
        report.run("latest")
    assert refused.value.why == f"{place} is no folder"
    assert refused.value.do == f"move it away: mv {place} {place}.own"
