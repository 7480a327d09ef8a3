"""The rows of an answer that a rule takes, what it makes of them, and how its words are put."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.record.models import Answer
from harness.report.analyst.proportion import Estimate
from harness.report.render.document import Table, shorten
from harness.system import units

TOO_FEW, OPEN = "too few", "not settled"
"""Verdicts that every rule may come to."""
MOST_NAMED = 8
LONGEST_NAME = 32


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


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """The words of a conclusion, the rule with its numbers, and what was judged."""

    text: str
    rule: str
    judged: Table | None = None


def describe_too_few(number: int, least: int, things: str) -> str:
    """Return the text for fewer things than a rule concludes from."""
    return f"Too few to conclude from: {units.format_count(number)}; it takes {least} {things}."


def list_by_verdict(words: str, verdicts: Mapping[str, str], verdict: str) -> str:
    """Return a sentence and a blank with the names of a verdict; empty for no names."""
    names = [shorten_name(name) for name, found in verdicts.items() if found == verdict]
    return f"{words}: {join_names(names)}. " if names else ""


def shorten_name(name: str) -> str:
    """Return a name, which may be any text, cut for use within a sentence."""
    return shorten(name, LONGEST_NAME)


def join_names(things: Iterable[str]) -> str:
    """Join names as `Pizza, Thai and Phở`; of many, the first."""
    names = [*things]
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} others"]
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def format_percent(value: float) -> str:
    """Return the share as `15.2 %`."""
    return f"{100 * value:.1f} %"


def format_estimate(part: Estimate) -> str:
    """Return the estimate as `15.2 % (14.5 to 16.0 %)`."""
    return f"{format_percent(part.value)} ({100 * part.low:.1f} to {format_percent(part.high)})"


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal()
