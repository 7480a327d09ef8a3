"""A page: one file, text stays text, tables and charts have their names."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.report.render import charts, html
from harness.report.render.document import Figure, Link, Report, Section, Table

NASTY = "</h1><script>alert('x')</script> & {{ 7 * 7 }} \"quoted\""
TABLE = Table(("what", "how much"), (("kafka", "1,024"), ("web", "7")), "lr")


class Reader(HTMLParser):
    """The elements of a page by their names, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def bars() -> str:
    return charts.draw_bars(["a", "b"], {"x": [1, 2], "y": [2, 1]}, "events")


def report(text: str = "Words") -> Report:
    figure = Figure(text, text, bars, TABLE)
    return Report(
        title=text,
        summary=text,
        reasons=(f"{text}\n  {text}",),
        sections=(
            Section("Count ladder", (text,), (TABLE,), (figure, figure), (Link(text, "logs/x"),)),
        ),
        links=(Link(text, "../index.html"),),
    )


def test_text_stays_text() -> None:
    page = html.render_report(report(NASTY))

    assert "<script" not in page
    assert "49" not in Reader(page).text
    # Title, heading, summary, two of the reason, two links, a line, and of each figure three.
    assert Reader(page).text.count(NASTY) == 8 + 2 * 3
    names = [chart["aria-label"] for chart in Reader(page).all("svg")]
    assert names == [NASTY, NASTY]


def test_what_steers_a_reader_s_eye_is_shown_as_an_escape() -> None:
    page = html.render_report(report("a\u202eb\x1b[2J"))

    assert "\u202e" not in page
    assert r"a\u202eb\x1b[2J" in page


def test_nothing_comes_from_elsewhere() -> None:
    page = html.render_report(report())

    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page)
    assert not re.search(r"@import|url\((?!#)|<link|<script|<iframe", page)


def test_names_within_charts_are_not_shared() -> None:
    reader = Reader(html.render_report(report()))

    names = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(names) == len({*names})
    page = html.render_report(report())
    asked = set(re.findall(r"url\(#([^)]+)\)", page)) | set(re.findall(r' href="#([^"]+)"', page))
    assert asked <= {*names}


def test_tables_have_heads_for_columns_and_rows() -> None:
    reader = Reader(html.render_report(report()))

    scopes = [head["scope"] for head in reader.all("th")]
    # Three tables: one of the section, and the data of two figures.
    assert scopes == ["col", "col", "row", "row"] * 3
    assert [cell["class"] for cell in reader.all("td")] == ["r", "r"] * 3


def test_a_table_without_heads_has_no_head() -> None:
    page = html.render_report(
        Report("x", "", (), (Section("y", (), (Table(("", ""), (("a", "b"),), "ll"),)),))
    )

    assert "<thead>" not in page


def test_what_scrolls_can_be_reached_by_the_keyboard_and_has_a_name() -> None:
    boxes = [
        box
        for box in Reader(html.render_report(report())).all("div")
        if box.get("class") == "scroll"
    ]

    assert len(boxes) == 5
    assert all(box["tabindex"] == "0" and box["aria-label"] for box in boxes)


@pytest.mark.parametrize(("length", "folded"), [(400, False), (401, True)])
def test_a_long_text_is_folded(length: int, folded: bool) -> None:
    table = Table(("x",), (("y" * length,),), "l")

    page = html.render_report(Report("x", "", (), (Section("z", (), (table,)),)))

    assert ("(401 characters)" in page) is folded
    assert "y" * length in page


def test_a_row_leads_where_its_address_says() -> None:
    table = Table(("run", "n"), (("a", "1"), ("b", "2")), "lr", addresses=("runs/a #1?.html", ""))

    page = html.render_report(Report("t", "s", (), (Section("Runs", tables=(table,)),)))

    assert [link["href"] for link in Reader(page).all("a")[2:]] == ["runs/a%20%231%3F.html"]


def test_only_a_table_to_look_things_up_in_brings_a_script() -> None:
    plain = Section("Runs", tables=(TABLE,))
    browsed = Section("Runs", tables=(replace(TABLE, filters=("what",)),))

    without = Reader(html.render_report(Report("t", "s", (), (plain,))))
    page = Reader(html.render_report(Report("t", "s", (), (plain, browsed))))

    assert without.all("script") == []
    (script,) = page.all("script")
    assert script == {}
    assert ["data-browse" in table for table in page.all("table")] == [False, True]
    heads = [head for head in page.all("th") if head.get("scope") == "col"]
    assert ["data-filter" in head for head in heads] == [False, False, True, False]
