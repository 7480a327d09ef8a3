"""The pages that stand beside the runs: history, index, comparisons and checks.

Each is written whole, by another name first. What is made of all runs is written under the
history's lock, so that of two who have just ended the later one tells of both.
"""

import re
from pathlib import Path

from harness.compare.comparison import ComparedRuns, Comparison
from harness.record import check_record, fault_record, history, index, store
from harness.report.pages import check_page, comparison_page, fault_page, history_page, index_page
from harness.report.render import document, html, markdown


def refresh_pages(results: Path, *, is_withdrawn: bool = False) -> None:
    """Bring the history, its page and the index up to date, also after a withdrawal.

    Raises Missing when they cannot be written, and UsageError when the history cannot be read.
    """
    news = history.update_history(results)
    with history.lock_history(results):
        if news or is_withdrawn or not (results / index.HISTORY_PAGE).exists():
            _history(results)
        _write(index_page.create_index_page(index.read_index(results)), results / "index.html")


def write_comparison_pages(results: Path, comparison: Comparison) -> Path:
    """Write a comparison's pages and the index; return the HTML page's path. Raise as above."""
    name = "..".join(map(_name, (comparison.a, comparison.b)))
    page = results / index.COMPARISONS / f"{name}.html"
    addresses = {run: f"../{address}" for run, address in _addresses(results).items()}
    return _publish(results, comparison_page.create_comparison_page(comparison, addresses), page)


def write_check_pages(results: Path, check: check_record.CheckRecord) -> Path:
    """Write a check's pages and the index; return the HTML page's path. Raise as above."""
    page = results / index.CHECKS / check.check_id / "check.html"
    return _publish(results, check_page.create_check_page(check), page)


def write_faults_pages(results: Path, faults: fault_record.FaultsRecord) -> Path:
    """Write the record and pages of fault runs; return the HTML page's path. Raise as above."""
    page = results / index.FAULTS / faults.faults_id / "faults.html"
    store.write_file(page.with_suffix(".json"), faults.model_dump_json(indent=2) + "\n")
    return _publish(results, fault_page.create_faults_page(faults), page)


def _publish(results: Path, report: document.Report, page: Path) -> Path:
    """Write a report, then the index that leads to it; return the path of its page."""
    _write(report, page)
    refresh_pages(results)
    return page


def _history(results: Path) -> None:
    entries = history.read_entries(results)
    shown = history_page.select_newest_series(entries)
    page = results / index.HISTORY_PAGE
    if not shown:
        for path in (page, page.with_suffix(".md")):
            path.unlink(missing_ok=True)
        return
    others = len(entries) - sum(map(len, shown))
    gone = len(history.read_withdrawals(results))
    marked = len(history.read_marked(results))
    addresses = _addresses(results)
    _write(history_page.create_history_page(shown, others, gone, addresses, marked=marked), page)


def _addresses(results: Path) -> dict[str, str]:
    """Return the address of each run's page relative to the results folder."""
    pages = {run_id: index.find_page(results, run_id) for run_id in store.list_runs(results)}
    return {run_id: page for run_id, page in pages.items() if page}


def _name(side: ComparedRuns) -> str:
    """Return a name that stays valid: `latest` is another run tomorrow."""
    name = side.runs[0] if len(side.runs) == 1 else side.reference
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)


def _write(report: document.Report, page: Path) -> None:
    """Write a report as HTML, and as Markdown beside it."""
    store.write_file(page, html.render_report(report))
    store.write_file(page.with_suffix(".md"), markdown.render_report(report))
