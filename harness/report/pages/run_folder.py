"""The pages in a run's folder, made from what else is in it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.errors import InternalError
from harness.record import curves, models, store
from harness.record.curves import Curves
from harness.report.pages import run_page
from harness.report.render import document, html, markdown
from harness.system.child_environment import HARNESS, create_environment
from harness.system.paths import ROOT

PAGE = "report.html"
ANALYSIS = document.Link("What the events say, for the analyst", "analysis.html")
INDEX = document.Link("All results", "../../index.html")
"""Of a run among the results; one that lies elsewhere has none beside it."""


@dataclass(frozen=True, slots=True)
class RunPages:
    """A run's pages: the path of its report, and what they were made from."""

    report: Path
    result: models.Result
    curves: Curves


def read_run(folder: Path) -> RunPages:
    """Return a run as its folder has it; raise UsageError where that holds none."""
    return RunPages(folder / PAGE, store.read_result(folder), curves.read_curves(folder))


def write_run_pages(folder: Path, target: Path | None = None) -> RunPages:
    """Write the pages of a run anew, as HTML and as Markdown.

    They go to the run's own folder, or to `target`, and lead to what lies beside them there.
    Raises UsageError where the folder holds no run, and Missing where there is no space left.
    """
    place = target or folder
    result, measured = store.read_result(folder), curves.read_curves(folder)
    links = (ANALYSIS, INDEX) if place.parent.name == "runs" else (ANALYSIS,)
    with _analysing(folder) as analyst:
        report = run_page.create_run_page(result, measured, run_page.list_files(place), links)
        made = {
            "report": {"md": markdown.render_report(report), "html": html.render_report(report)},
            "analysis": _read(analyst),
        }
    with store.translate_write_errors(place):
        for name, forms in made.items():
            for ending, text in forms.items():
                (place / f"{name}.{ending}").write_text(text, encoding="utf-8")
    return RunPages(place / PAGE, result, measured)


@contextmanager
def _analysing(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Make the analyst's page in a process of its own: drawing takes as long as the rest.

    It ends with the block, and by itself where we are killed.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "harness.report.analyst.analysis", folder.resolve()],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=create_environment(HARNESS),
        # A terminal's Ctrl-C is ours to heed.
        process_group=0,
    ) as analyst:
        try:
            yield analyst
        finally:
            analyst.kill()


def _read(analyst: subprocess.Popen[bytes]) -> dict[str, str]:
    """Return the page by file ending; raise InternalError where the process failed."""
    output, _ = analyst.communicate()
    if analyst.returncode:
        raise InternalError(
            "The analyst's page could not be made.",
            why=f"its process ended with {analyst.returncode}; what it said is above",
            do="make the pages once more: make report",
        )
    forms: dict[str, str] = json.loads(output)
    return forms
