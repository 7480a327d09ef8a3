"""Rows for rules."""

from collections.abc import Iterable

from harness.report.analyst.rules.finding import TallyRow


def of(*rows: Iterable[str | int]) -> list[TallyRow]:
    """Each from its names and its numbers."""
    return [
        TallyRow(
            tuple(value for value in row if isinstance(value, str)),
            tuple(value for value in row if isinstance(value, int)),
        )
        for row in map(tuple, rows)
    ]
