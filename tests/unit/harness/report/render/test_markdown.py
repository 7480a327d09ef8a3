"""report.md: read by a Markdown reader, text is text and tables are tables."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.report.render import markdown
from harness.report.render.document import Table, escape_unprintable
from tests.unit.harness.record import example
from tests.unit.harness.report import reports

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

NASTY = [
    "a|b",
    "<script>alert(1)</script>",
    "`code` and ``more``",
    "*bold* _slanted_ __both__ ~~gone~~ snake_case",
    "[a link](http://127.0.0.1) ![a picture](x)",
    "<http://127.0.0.1>",
    "back\\slash at the end\\",
    "&amp; &lt; AT&T",
    "two\nlines\r\n\tand a tab",
    "\x1b[31mred",
    "# heading",
    "- item",
    "+ item",
    "7. item",
    "7) item",
    "===",
    "---",
    "> quoted",
    "    code",
    "\u202egnirts",
    "\ud800",
]


def seen(page: str) -> str:
    """What a reader of HTML sees, its white space in one piece."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", READER.render(page))).split())


def paragraphs(page: str) -> list[str]:
    """The texts of a page that is nothing but paragraphs of plain text."""
    rendered = READER.render(page)
    assert re.fullmatch(r"(<p>[^<]*</p>\n)*", rendered), rendered
    return list(map(html.unescape, re.findall(r"<p>([^<]*)</p>", rendered)))


@pytest.mark.parametrize("text", NASTY)
def test_nasty_text_stays_text(text: str) -> None:
    assert paragraphs(markdown.escape_line(text)) == [escape_unprintable(text.strip())]


@given(st.text(alphabet=st.one_of(st.sampled_from("\\`*__[]|~$<>&#-+=1.:/w\n a"), st.characters())))
def test_any_text_stays_text_on_a_line_of_its_own(text: str) -> None:
    shown = escape_unprintable(text.strip())

    found = paragraphs(f"before\n\n{markdown.escape_line(text)}\n\nafter")

    assert found == ["before", *([shown] if shown else []), "after"]


@given(st.text(alphabet=st.one_of(st.sampled_from("\\`*_[]|~<>&-: a"), st.characters())))
def test_any_text_stays_text_in_a_cell(text: str) -> None:
    page = f"| x | y |\n|---|---|\n| . {markdown.escape_text(text)} . | z |\n"

    cells = re.findall(r"<td>([^<]*)</td>", READER.render(page))

    assert list(map(html.unescape, cells)) == [f". {escape_unprintable(text)} .", "z"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("menu_app_events", "menu_app_events"),
        ("42,452 (49 %)", "42,452 (49 %)"),
        ("see http://127.0.0.1", r"see http\://127.0.0.1"),
        ("www.example.org", r"www\.example.org"),
        ("$x$", r"\$x\$"),
    ],
)
def test_what_is_escaped_and_what_is_not(text: str, expected: str) -> None:
    assert markdown.escape_text(text) == expected


def test_every_cell_of_every_table_is_there() -> None:
    result = example.result()

    page = READER.render(markdown.render_report(reports.of_run(result)))

    shown = [html.unescape(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page)]
    report = reports.of_run(result)
    expected = [
        cell
        for section in report.sections
        for table in (*(figure.table for figure in section.figures), *section.tables)
        for row in (table.headers, *table.rows)
        for cell in row
    ]
    assert shown == expected
    assert page.count("<h3>") == page.count("<details>") > 0


def test_the_verdict_and_its_reasons_come_first() -> None:
    reasons = ("The service presto has died.\n  why: exit code 3\n\n  <heap>", "3 | 4")

    page = markdown.render_report(reports.of_run(example.result(status="error", reasons=reasons)))

    assert seen(page).startswith(
        "Run 20261124T020000Z-bench-1a2b3c: ERROR Profile bench, backend native, seed 1; "
        "began 2026-11-24 02:00:00 UTC, took 58.2 s. The service presto has died. "
        "why: exit code 3 <heap> 3 | 4 "
        "Headline A run that is not valid has no throughput."
    )
    items = re.search(r"<ul>.*?</ul>", READER.render(page), re.DOTALL)
    assert items
    assert items[0].count("<li>") == 2
    assert items[0].count("<br />") == 2


def test_an_event_s_text_stays_in_its_cell() -> None:
    text = "x|y <b>z</b>\n## heading `code`"
    answer = example.answer(
        "1_events_by_type_and_description", "event_type description events", [("r", text, 1)]
    )

    page = READER.render(markdown.render_report(reports.of_answers(answer)))

    assert f">{html.escape(escape_unprintable(text), quote=False)}</td>" in page


def test_numbers_are_aligned_to_the_right() -> None:
    page = markdown.render_report(reports.of_run(example.result()))

    assert "|:------|:----------------|-------:|" in page


def test_an_answer_without_rows_has_its_columns() -> None:
    answer = example.answer("8_top_raters", "uid ratings", [])

    page = READER.render(markdown.render_report(reports.of_answers(answer)))

    assert "<th>uid</th>\n<th>ratings</th>" in page


def test_the_page_ends_with_a_line_s_end() -> None:
    page = markdown.render_report(reports.of_run(example.result()))

    assert page.endswith("[logs/web.log](<logs/web.log>)\n")
    assert "\n\n\n" not in page


def test_a_row_leads_where_its_address_says() -> None:
    table = Table(("run",), (("a|b",), ("c",)), "l", addresses=("runs/a|b/report.html", ""))

    page = READER.render(markdown.render_table(table))

    assert '<td><a href="runs/a%7Cb/report.md">a|b</a></td>' in page.replace(
        ' style="text-align:left"', ""
    )
    assert page.count("<a ") == 1
