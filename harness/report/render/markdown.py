"""The report as Markdown: report.md."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from tabulate import tabulate

from harness.report.render.document import (
    Figure,
    Link,
    Report,
    Section,
    Table,
    escape_unprintable,
    split_lines,
)

# What is markup within a line; an underscore is none within a word. GitHub's dialect makes links
# of what looks like an address, and formulas of what is between dollars.
_INLINE = re.compile(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.")
# A line becomes a heading or an item of a list by what stands after this at its beginning.
_LEADING = re.compile(r"[0-9]*(?=[.)])|(?=[-+=#])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def render_report(report: Report) -> str:
    """Render the report as a page; text from events and errors is escaped."""
    return "\n".join(_lines(report))


def escape_text(text: str) -> str:
    """Escape Markdown within a line."""
    escaped = _INLINE.sub(r"\\\g<0>", escape_unprintable(text))
    return "".join(_ENTITIES.get(character, character) for character in escaped)


def escape_line(text: str) -> str:
    """Escape Markdown in a line of its own, headings and lists too."""
    line = escape_text(text.strip())
    before = _LEADING.match(line)
    return f"{before[0]}\\{line[before.end() :]}" if before else line


def _lines(report: Report) -> Iterator[str]:
    yield f"# {escape_text(report.title)}\n"
    yield f"{escape_line(report.summary)}\n"
    for reason in report.reasons:
        # A backslash ends a line within an item.
        yield "- " + "\\\n  ".join(map(escape_line, split_lines(reason)))
    if report.reasons:
        yield ""
    if report.links:
        yield f"{_links(report.links)}\n"
    for section in report.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"## {escape_text(section.title)}\n"
    for line in section.lines:
        yield f"{escape_line(line)}\n"
    for figure in section.figures:
        yield from _figure(figure)
    if section.links:
        yield f"{_links(section.links)}\n"
    for table in section.tables:
        if table.title:
            yield f"### {escape_text(table.title)}\n"
        yield f"{render_table(table)}\n"


def _figure(figure: Figure) -> Iterator[str]:
    """Yield a figure's title and caption, and its data in a folded table."""
    yield f"### {escape_text(figure.title)}\n"
    yield f"{escape_line(figure.caption)}\n"
    # The reader of Markdown goes on after a blank line.
    yield f"<details><summary>Data</summary>\n\n{render_table(figure.table)}\n\n</details>\n"


def _links(links: Iterable[Link]) -> str:
    return " · ".join(_link(link.text, link.address) for link in links)


def _link(text: str, address: str) -> str:
    """Return a link; one to an HTML page leads to the Markdown page beside it."""
    return f"[{escape_text(text)}](<{quote(re.sub(r'[.]html$', '.md', address))}>)"


def render_table(table: Table) -> str:
    """Render a table alone."""
    aligns = {"l": "left", "r": "right"}
    rows = [[escape_text(cell) for cell in row] for row in table.rows]
    for number, address in enumerate(table.addresses):
        if address:
            rows[number][0] = _link(table.rows[number][0], address)
    return tabulate(
        rows,
        [escape_text(header) for header in table.headers],
        tablefmt="pipe",
        colalign=[aligns[letter] for letter in table.align] if table.rows else None,
        disable_numparse=True,
    )
