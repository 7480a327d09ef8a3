"""The pages that stand beside the runs: history, index, comparisons and checks.

Each is written whole, by another name first. What is made of all runs is written under the
history's lock, so that of two who have just ended the later one tells of both.
"""

from __future__ import annotations

import re
from pathlib import Path

from harness.compare.comparison import Comparison, Side
from harness.record import history, index, store
from harness.record.check_record import Checked
from harness.record.fault_record import Faults
from harness.report.pages import check_page as checked_page
from harness.report.pages import comparison_page, history_page, index_page
from harness.report.pages import fault_page as faults_page
from harness.report.render import html, markdown
from harness.report.render.document import Report


def refresh(results: Path) -> None:
    """Brings the history, its page and the index up to date.

    Raises Missing when they cannot be written, and UsageError when the history cannot be read.
    """
    news = history.update(results)
    with history.locked(results):
        if news or not (results / index.HISTORY_PAGE).exists():
            _history(results)
        _index(results)


def withdrawn(results: Path) -> None:
    """Makes the history's page and the index anew after runs were withdrawn; raises as above."""
    with history.locked(results):
        _history(results)
        _index(results)


def compared(results: Path, made: Comparison) -> Path:
    """Writes a comparison's pages, and the index; the path of the HTML one. Raises as above."""
    name = "..".join(map(_name, (made.a, made.b)))
    page = results / index.COMPARISONS / f"{name}.html"
    addresses = {run: f"../{address}" for run, address in _addresses(results).items()}
    _write(comparison_page.report(made, addresses), page)
    refresh(results)
    return page


def checked(results: Path, made: Checked) -> Path:
    """Writes a check's pages, and the index; the path of the HTML one. Raises as above."""
    page = results / index.CHECKS / made.check_id / "check.html"
    _write(checked_page.report(made), page)
    refresh(results)
    return page


def broken(results: Path, made: Faults) -> Path:
    """Writes the record and the pages of fault runs; the path of the HTML one. Raises as above."""
    page = results / index.FAULTS / made.faults_id / "faults.html"
    store.put(page.with_suffix(".json"), made.model_dump_json(indent=2) + "\n")
    _write(faults_page.report(made), page)
    refresh(results)
    return page


def _history(results: Path) -> None:
    entries = history.entries(results)
    shown = history_page.newest(entries)
    page = results / index.HISTORY_PAGE
    if not shown:
        for path in (page, page.with_suffix(".md")):
            path.unlink(missing_ok=True)
        return
    others = len(entries) - sum(map(len, shown))
    gone = len(history.withdrawn(results))
    _write(history_page.report(shown, others, gone, _addresses(results)), page)


def _index(results: Path) -> None:
    _write(index_page.report(index.read(results)), results / "index.html")


def _addresses(results: Path) -> dict[str, str]:
    """Where the page of each run is that has one, relative to the results folder."""
    pages = {run_id: index.page(results, run_id) for run_id in store.ids(results)}
    return {run_id: page for run_id, page in pages.items() if page}


def _name(side: Side) -> str:
    """The side by a name that stays: `latest` is another run tomorrow."""
    name = side.runs[0] if len(side.runs) == 1 else side.reference
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)


def _write(report: Report, page: Path) -> None:
    """Writes a report as HTML, and as Markdown beside it."""
    store.put(page, html.page(report))
    store.put(page.with_suffix(".md"), markdown.page(report))
