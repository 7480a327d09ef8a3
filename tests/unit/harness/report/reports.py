"""Reports to render."""

from __future__ import annotations

from harness.record.curves import Curves
from harness.record.models import Answer, Result
from harness.report.pages import run_page, tables
from harness.report.render.document import Report, Section


def of_run(result: Result) -> Report:
    """That of a run whose folder holds its record alone."""
    return run_page.report(result, Curves(), ["result.json", "logs/web.log"])


def of_answers(*answers: Answer) -> Report:
    """One that has answers alone."""
    return Report(
        "Answers", "", (), (Section("Answers", tables=tuple(map(tables.of_answer, answers))),)
    )
