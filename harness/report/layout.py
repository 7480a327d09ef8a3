"""What a report is made of: tables, sections, the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

UNMEASURED = "Not measured: the run ended before."


@dataclass(frozen=True, slots=True)
class Table:
    """A table of plain text; `align` has `l` or `r` for each column."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: a title, lines of text, tables."""

    title: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: what became of the run, why, and the sections."""

    title: str
    summary: str
    reasons: tuple[str, ...]
    sections: tuple[Section, ...]


def printable(text: str) -> str:
    """The text on one line, with escapes for what would not be seen or would steer a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def lines(text: str) -> list[str]:
    """The lines of a text that are not blank."""
    return [line for line in text.splitlines() if line.strip()]


def pairs(rows: Iterable[tuple[str, str]]) -> Table:
    """A table of names and values."""
    return Table(("", ""), tuple(rows), "ll")
