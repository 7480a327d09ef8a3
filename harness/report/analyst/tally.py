"""The rows of an answer as names and whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.record.models import Answer


@dataclass(frozen=True, slots=True)
class TallyRow:
    """A row: its names and its numbers, each in the order in which they were asked for."""

    names: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AnswerTally:
    """The rows that have all their names and numbers, and how many have not."""

    rows: tuple[TallyRow, ...]
    left_out: int = 0


def read_tally(answer: Answer, names: Sequence[str], numbers: Sequence[str]) -> AnswerTally | None:
    """Read columns of an answer; return None where a column is missing.

    Left out are rows with a NULL, or with a number that is no count.
    """
    if not {*names, *numbers} <= {*answer.columns}:
        return None
    rows = []
    for values in answer.rows:
        row = dict(zip(answer.columns, values, strict=True))
        found = [name for column in names if (name := row[column]) is not None]
        counts = [int(text) for column in numbers if (text := row[column]) and _is_count(text)]
        if len(found) == len(names) and len(counts) == len(numbers):
            rows.append(TallyRow(tuple(found), tuple(counts)))
    return AnswerTally(tuple(rows), len(answer.rows) - len(rows))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal()
