"""Rows for rules."""

from __future__ import annotations

from collections.abc import Iterable

from harness.report.analyst.tally import Row


def of(*rows: Iterable[str | int]) -> list[Row]:
    """Each from its names and its numbers."""
    return [
        Row(
            tuple(value for value in row if isinstance(value, str)),
            tuple(value for value in row if isinstance(value, int)),
        )
        for row in map(tuple, rows)
    ]
