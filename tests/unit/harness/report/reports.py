"""Reports to render."""

from __future__ import annotations

from harness.record.curves import Curves
from harness.record.models import Answer, Result
from harness.report import run, tables
from harness.report.layout import Report, Section


def of_run(result: Result) -> Report:
    """That of a run whose folder holds its record alone."""
    return run.report(result, Curves(), ["result.json", "logs/web.log"])


def of_answers(*answers: Answer) -> Report:
    """One that has answers alone."""
    return Report(
        "Answers", "", (), (Section("Answers", tables=tuple(map(tables.of_answer, answers))),)
    )
