"""A report on a terminal: the same tables as on its page."""

import textwrap
from collections.abc import Iterator

from rich.box import Box
from rich.console import Console
from rich.table import Column
from rich.table import Table as RichTable
from rich.text import Text

from harness.report.render.document import Report, Section, Table, escape_unprintable, split_lines

# A line of dashes below the headers, and nothing else.
_BOX = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)

LEAST, PADDING = 6, 2
"""The columns that every column of a table has on the narrowest terminal, and those between two."""


def render_report(report: Report, width: int) -> str:
    """Render a report; control characters in its text are escaped."""
    return "\n".join(_lines(report, width))


def render_section(part: Section, width: int) -> str:
    """Render a section alone."""
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
        yield _render_table(table, width)


def wrap_text(text: str, width: int, indent: str = "") -> list[str]:
    """Wrap a line of text into lines of at most `width`."""
    return textwrap.wrap(
        escape_unprintable(text),
        width,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_on_hyphens=False,
    )


def _render_table(table: Table, width: int) -> str:
    whole = _find_whole(table, width)
    columns = [
        Column(
            escape_unprintable(header),
            justify="right" if letter == "r" else "left",
            overflow="fold",
            no_wrap=number in whole,
        )
        for number, (header, letter) in enumerate(zip(table.headers, table.align, strict=True))
    ]
    grid = RichTable(
        *columns,
        box=_BOX,
        show_header=any(table.headers),
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    for row in table.rows:
        # As Text: brackets in a cell are no markup.
        grid.add_row(*(Text(escape_unprintable(cell)) for cell in row))
    # With a height too: else Rich takes a dumb terminal for 80 columns wide.
    console = Console(width=width, height=25, color_system=None)
    with console.capture() as capture:
        console.print(grid)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _find_whole(table: Table, width: int) -> set[int]:
    """Return the columns that are not to be broken: a name in two cannot be pasted.

    They are the first and the narrowest columns of single words, as long as the others have room
    to wrap in.
    """
    room = width - len(table.headers) * (LEAST + PADDING)
    more = {
        number: max(0, *(len(escape_unprintable(text)) - LEAST for text in texts))
        for number, texts in enumerate(zip(table.headers, *table.rows, strict=True))
        if not any(" " in text for text in texts)
    }
    whole = set()
    for number in sorted(more, key=lambda number: (number > 0, more[number])):
        if more[number] <= room:
            room -= more[number]
            whole.add(number)
    return whole
