"""The pages in a run's folder, made from what else is in it."""

from __future__ import annotations

from pathlib import Path

from harness.record import curves, store
from harness.report import html, markdown, run

PAGE = "report.html"


def write(folder: Path, target: Path | None = None) -> Path:
    """Writes the pages of a run, report.html and report.md, anew; the path of the first.

    They go to the run's own folder, or to `target`, and lead to what lies beside them there.
    Raises UsageError where the folder holds no run, and Missing where there is no space left.
    """
    place = target or folder
    result, measured = store.read(folder), curves.read(folder)
    report = run.report(result, measured, run.files(place))
    with store.writing(place):
        (place / "report.md").write_text(markdown.page(report), encoding="utf-8")
        (place / PAGE).write_text(html.page(report), encoding="utf-8")
    return place / PAGE
