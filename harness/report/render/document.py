"""What a report is made of: tables, figures, sections, the whole."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

UNMEASURED = "Not measured: the run ended before."


@dataclass(frozen=True, slots=True)
class Table:
    """A table of plain text; `align` has `l` or `r` for each column.

    `addresses` say for each row where its first cell leads to, empty for nowhere. `filters` are
    the headers of the columns by whose values the HTML page lets its reader choose rows; a table
    that has some is searched and sorted there too.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    title: str = ""
    addresses: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart: what it is of, what is to be seen on it, and its data as a table.

    `draw` gives its SVG. Only the HTML page calls it: the others show the caption and the table.
    """

    title: str
    caption: str
    draw: Callable[[], str]
    table: Table


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; an address is relative to the page's own."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: a title, lines of text, figures, tables, links."""

    title: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: what became of the run, why, and the sections.

    `links` lead to the pages beside it.
    """

    title: str
    summary: str
    reasons: tuple[str, ...]
    sections: tuple[Section, ...]
    links: tuple[Link, ...] = ()


def escape_unprintable(text: str) -> str:
    """Return the text on one line, with escapes for invisible and control characters."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shorten(text: str, length: int) -> str:
    """Return the text on one line, cut to `length` letters."""
    shown = escape_unprintable(text)
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def split_lines(text: str) -> list[str]:
    """Return the lines of a text that are not blank."""
    return [line for line in text.splitlines() if line.strip()]


def create_pairs_table(rows: Iterable[tuple[str, str]]) -> Table:
    """Create a table of names and values."""
    return Table(("", ""), tuple(rows), "ll")
