"""A report on a terminal: the same tables as on its page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from tabulate import tabulate

from harness.record.models import Check, Counts
from harness.report.pages import tables
from harness.report.render.document import Report, Section, Table, escape_unprintable, split_lines

_GAP = 2
_NARROWEST = 8


def render_report(report: Report, width: int) -> str:
    """A report; control characters in text from events and errors are shown, not sent."""
    return "\n".join(_lines(report, width))


def ladder(counts: Counts, checks: Iterable[Check], width: int) -> str:
    """The count ladder and what was tested on it."""
    parts = (tables.create_ladder_section(counts), tables.create_checks_section(tuple(checks)))
    return "\n\n".join(render_section(part, width) for part in parts)


def render_section(part: Section, width: int) -> str:
    """One section, alone."""
    return "\n".join(_section(part, width))


def _lines(report: Report, width: int) -> Iterator[str]:
    yield from wrap_text(report.title, width)
    yield from wrap_text(report.summary, width)
    for reason in report.reasons:
        for number, line in enumerate(split_lines(reason)):
            yield from wrap_text(line, width, "  " if number else "- ")
    for section in report.sections:
        yield ""
        yield from _section(section, width)


def _section(section: Section, width: int) -> Iterator[str]:
    yield section.title
    yield "=" * len(section.title)
    for line in section.lines:
        yield from wrap_text(line, width)
    for number, table in enumerate(section.tables):
        if number or table.title:
            yield ""
        if table.title:
            yield table.title
        yield _table(table, width)


def wrap_text(text: str, width: int, indent: str = "") -> list[str]:
    """A line of text as lines that fit."""
    return textwrap.wrap(
        escape_unprintable(text),
        width,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_on_hyphens=False,
    )


def _table(table: Table, width: int) -> str:
    aligns = {"l": "left", "r": "right"}
    rows = [[escape_unprintable(cell) for cell in row] for row in table.rows]
    # tabulate leaves room beside headers.
    widths = _fitting([[header + "  " for header in table.headers], *rows], width)
    return tabulate(
        [map(_folded, row, widths) for row in rows],
        table.headers if any(table.headers) else (),
        tablefmt="simple" if any(table.headers) else "plain",
        colalign=[aligns[letter] for letter in table.align] if table.rows else None,
        disable_numparse=True,
    )


def _folded(cell: str, width: int) -> str:
    return "\n".join(textwrap.wrap(cell, width, break_on_hyphens=False))


def _fitting(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """The widths of the columns; the widest ones give way until the table fits."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    excess = sum(widths) + _GAP * (len(widths) - 1) - width
    while excess > 0 and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
        excess -= 1
    return widths
