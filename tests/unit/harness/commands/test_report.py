import os
from pathlib import Path

import pytest

from harness.commands import report
from harness.record import store
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
