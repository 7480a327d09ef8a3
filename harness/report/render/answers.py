"""An answer of Presto as a table."""

import re

from harness.record.models import Answer
from harness.report.render.document import Table
from harness.system import units

# The columns of answers that things are counted by: their numbers are names.
DIMENSIONS = {"coupon", "description", "event_type", "hour", "menu", "month", "stars", "uid"}


def create_answer_table(answer: Answer) -> Table:
    """Create the table of an answer."""
    columns = [[row[index] for row in answer.rows] for index in range(len(answer.columns))]
    shown = [
        [_value(value, name in DIMENSIONS) for value in column]
        for name, column in zip(answer.columns, columns, strict=True)
    ]
    return Table(
        headers=answer.columns,
        rows=tuple(zip(*shown, strict=True)),
        align="".join("r" if all(map(_is_number, column)) else "l" for column in columns),
        title=format_question(answer),
    )


def format_question(answer: Answer) -> str:
    """Return the question's number and words: `1_events_by_type` is `1. Events by type`."""
    group, _, words = answer.query.replace("_", " ").partition(" ")
    return f"{group}. {words.capitalize()}"


def _value(value: str | None, dimension: bool) -> str:
    if value is None:
        return "NULL"
    whole = re.fullmatch(r"-?[0-9]+", value) and not dimension
    return units.format_count(int(value)) if whole else value


def _is_number(value: str | None) -> bool:
    return value is None or re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(E-?[0-9]+)?", value) is not None
