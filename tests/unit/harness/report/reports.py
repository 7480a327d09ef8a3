"""Reports to render."""

from harness.record.curves import Curves
from harness.record.models import Answer, Result
from harness.report.pages import run_page
from harness.report.render.answers import create_answer_table
from harness.report.render.document import Report, Section


def of_run(result: Result) -> Report:
    """That of a run whose folder holds its record alone."""
    return run_page.create_run_page(result, Curves(), ["result.json", "logs/web.log"])


def of_answers(*answers: Answer) -> Report:
    """One that has answers alone."""
    return Report(
        "Answers",
        "",
        (),
        (Section("Answers", tables=tuple(map(create_answer_table, answers))),),
    )
