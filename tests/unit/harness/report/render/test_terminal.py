"""A report on a terminal: it fits, and shows what the page shows."""

from dataclasses import replace

import pytest

from harness.report.render import terminal
from harness.report.render.document import Section, Table, escape_unprintable
from tests.unit.harness.record import example
from tests.unit.harness.report import reports


def test_every_cell_of_every_table_is_there_in_order() -> None:
    result = example.result()

    words = iter(terminal.render_report(reports.of_run(result), 200).split())

    report = reports.of_run(result)
    for section in report.sections:
        for table in section.tables:
            for row in (table.headers, *table.rows):
                for word in " ".join(row).split():
                    assert word in words


@pytest.mark.parametrize("width", [80, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = example.answer(
        "1_events_by_type_and_description",
        "event_type description events",
        [("post_review", "very long " * 30, 1), ("post_review", "x" * 300, 1)],
    )
    ids = {"missing": tuple(f"login0-{number:06}" for number in range(5))}
    reasons = ("a reason " * 30, "The service presto has died.\n  why: " + "y" * 150)
    result = example.result(status="invalid", reasons=reasons, counts=example.counts(ids=ids))
    report = reports.of_run(result)
    report = replace(report, sections=(*report.sections, *reports.of_answers(long).sections))

    lines = terminal.render_report(report, width).splitlines()

    assert max(map(len, lines)) <= width
    assert "".join(lines).count("very") == 30
    assert "".join("".join(lines).split()).count("x" * 10) >= 300 // (width - 30)


def test_reasons_are_a_list() -> None:
    reasons = ("The service presto has died.\n  why: exit code 3", "late")

    result = example.result(status="error", reasons=reasons)
    lines = terminal.render_report(reports.of_run(result), 100).splitlines()

    assert lines[2:5] == ["- The service presto has died.", "    why: exit code 3", "- late"]


def test_an_event_s_text_does_not_steer_the_terminal() -> None:
    text = "\x1b[2J\x07red\nnext\u202e"
    answer = example.answer(
        "1_events_by_type_and_description", "event_type description events", [("r", text, 1)]
    )
    report = replace(reports.of_answers(answer), reasons=(text,))

    shown = terminal.render_report(report, 100)

    assert r"\x1b[2J\x07red\nnext\u202e" in shown
    assert all(line.isprintable() for line in shown.split("\n"))


def test_an_answer_without_rows_has_its_columns() -> None:
    answer = example.answer("8_top_raters", "uid ratings", [])

    shown = terminal.render_report(reports.of_answers(answer), 100)

    assert "8. Top raters\nuid  ratings\n" in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thai café 寿司", "Thai café 寿司"),
        ("a\tb\r\n", r"a\tb\r\n"),
        ("\x9b31m", r"\x9b31m"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\ud800", r"\ud800"),
        ("it's", "it's"),
    ],
)
def test_what_is_printed_of_a_text(text: str, expected: str) -> None:
    assert escape_unprintable(text) == expected


def test_a_name_in_the_first_column_stays_whole() -> None:
    name = "20261128T173155Z-bench-fd912a"
    wide = "a value that takes more room than there is beside it"
    table = Table(("run", "commit", "why"), ((name, wide, wide),), "lll")

    lines = terminal.render_section(Section("Runs", (), (table,)), 80).splitlines()

    assert any(line.startswith(name) for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("width", range(40, 130, 10))
def test_nothing_of_a_table_is_cut_off(width: int) -> None:
    group = "bench-20261128T173155Z-before-the-fix"
    cells = ("20261128T173155Z-bench-fd912a", "0123456", group, "disturbed", "2,700")
    table = Table(("run", "commit", "group", "marks", "events/s"), (cells,), "llllr")

    shown = terminal.render_section(Section("Runs", (), (table,)), width)

    rows = [line for line in shown.splitlines()[2:] if set(line) != {"-"}]
    assert max(map(len, rows)) <= width
    assert sorted("".join(rows).replace(" ", "")) == sorted("".join((*table.headers, *cells)))
    assert width < 80 or {*cells} - {group} <= set(shown.split())
    assert width < 110 or group in shown
