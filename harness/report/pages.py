"""The pages in a run's folder, made from what else is in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.record import curves, store
from harness.record.curves import Curves
from harness.record.models import Result
from harness.report import analysis, html, markdown, run
from harness.report.layout import Link

PAGE = "report.html"
ANALYSIS = Link("What the events say, for the analyst", "analysis.html")
INDEX = Link("All results", "../../index.html")
"""Of a run among the results; one that lies elsewhere has none beside it."""


@dataclass(frozen=True, slots=True)
class Pages:
    """A run's pages: the path of its report, and what they were made from."""

    report: Path
    result: Result
    curves: Curves


def write(folder: Path, target: Path | None = None) -> Pages:
    """Writes the pages of a run anew, as HTML and as Markdown.

    They go to the run's own folder, or to `target`, and lead to what lies beside them there.
    Raises UsageError where the folder holds no run, and Missing where there is no space left.
    """
    place = target or folder
    result, measured = store.read(folder), curves.read(folder)
    links = (ANALYSIS, INDEX) if place.parent.name == "runs" else (ANALYSIS,)
    made = {
        "report": run.report(result, measured, run.files(place), links),
        "analysis": analysis.report(result),
    }
    with store.writing(place):
        for name, report in made.items():
            (place / f"{name}.md").write_text(markdown.page(report), encoding="utf-8")
            (place / f"{name}.html").write_text(html.page(report), encoding="utf-8")
    return Pages(place / PAGE, result, measured)
