"""The analyst's page: its order, and that what is wrong is said where it is read."""

from typing import Any

import pytest

from harness.record.models import Answer, Result
from harness.report.analyst import analysis
from harness.report.render import html, markdown
from harness.report.render.document import Report, Section
from tests.unit.harness.record import example
from tests.unit.harness.report import odd

WRONG = "row 4: expected ('13', '393'), found ('13', '3930')"


def answered(**changes: dict[str, Any]) -> tuple[Answer, ...]:
    """The answers of a bench, as expected but for changes, by query."""
    return tuple(
        answer.model_copy(update={"differences": (), **changes.get(f"q{answer.query}", {})})
        for answer in example.answers()
    )


def page(**changes: dict[str, Any]) -> Report:
    return analysis.create_analysis_page(example.result(answers=answered(**changes)))


def conclusions(report: Report) -> dict[str, str]:
    """The words at the top, by their subject."""
    rows = report.sections[0].tables[0].rows
    return {row[0]: row[1] for row in rows}


def section(report: Report, number: str) -> Section:
    (found,) = (one for one in report.sections if one.title.startswith(f"{number}."))
    return found


def test_the_sections_in_their_order() -> None:
    titles = [one.title for one in page().sections]

    assert titles[0] == "What follows for the business"
    assert [title[:2] for title in titles[1:-1]] == [f"{number}." for number in range(1, 9)]
    assert titles[-1] == "How it is concluded"


def test_every_answer_is_there_with_its_check() -> None:
    report = page()

    shown = [table for one in report.sections for table in one.tables]
    drawn = [figure.table for one in report.sections for figure in one.figures]
    titles = {table.title for table in (*shown, *drawn)}
    for answer in example.answers():
        number, _, words = answer.query.replace("_", " ").partition(" ")
        assert f"{number}. {words.capitalize()}" in titles
        rows = f"all {len(answer.rows)} rows" if len(answer.rows) > 1 else "1 row"
        (line,) = (x for x in section(report, number).lines if x.startswith("Checked: "))
        assert f"{words.capitalize()}, {rows} as expected" in line
    assert report.reasons == ()
    assert "Row by row they are what follows from the events" in report.summary


def test_every_rule_stands_with_its_conclusion_and_what_it_judged() -> None:
    menus = section(page(), "6")

    assert menus.lines[0].startswith("Menus searched for and not ordered: Lebanese (0.008")
    assert menus.lines[1].startswith("Menus to show to more people: Thai (0.986")
    assert menus.lines[2].startswith("Rule for menus searched for and not ordered. Of a menu's")
    assert menus.tables[0].rows[0][-1] == "hardly ordered"
    business = page().sections[0].tables[0]
    assert len(business.rows) == 7
    assert "Rule" not in str(business)


def test_a_wrong_answer_is_told_at_the_top_and_wherever_it_is_used() -> None:
    report = page(q3_orders_by_hour={"differences": (WRONG,)})

    assert report.reasons == ("3. Orders by hour: WRONG, not the expected answer in 1 place.",)
    assert "Row by row" not in report.summary
    told = conclusions(report)
    assert told["Hours to staff"].endswith(" Its figures are WRONG: not the expected ones.")
    assert "WRONG" not in told["Hours to advertise in"]
    orders = section(report, "3")
    assert orders.lines[0].endswith(" Its figures are WRONG: not the expected ones.")
    assert "Orders by hour, WRONG as listed below; Orders by menu" in orders.lines[-1]
    assert orders.tables[0].title == "3. Orders by hour: not as expected"
    assert orders.tables[0].rows == (("row 4", "expected ('13', '393'), found ('13', '3930')"),)


def test_of_many_differences_the_first_are_listed() -> None:
    lines = tuple(f"row {n}: expected no such row, found ('A', '1')" for n in range(1, 1501))

    report = page(q8_top_raters={"differences": lines})

    assert report.reasons[0].endswith("in 1,500 places.")
    rows = section(report, "8").tables[0].rows
    assert len(rows) == analysis.MOST_DIFFERENCES + 1
    assert rows[-1] == ("…", "1,480 more, in result.json")


def test_what_was_not_compared_is_not_called_expected() -> None:
    report = page(q6_conversion_by_menu={"differences": None})

    assert "Row by row" not in report.summary
    assert report.reasons == ()
    told = conclusions(report)
    assert told["Menus to show to more people"].endswith(" Its figures were not checked.")
    assert "not compared with any answer" in section(report, "6").lines[-1]


def test_a_query_that_somebody_added_is_shown() -> None:
    mine = example.answer("9_mine", "n", [(7,)])

    report = analysis.create_analysis_page(example.result(answers=(*answered(), mine)))

    own = section(report, "9")
    assert own.title == "9. Other questions"
    assert own.tables[0].rows == (("7",),)


@pytest.mark.parametrize("status", ["invalid", "error", "aborted"])
def test_a_run_that_is_not_valid_is_told_first(status: Any) -> None:
    reason = analysis.create_analysis_page(example.result(status=status)).reasons[0]

    assert reason.startswith(f"The run is not valid ({status})")


def test_without_answers_it_says_so() -> None:
    report = analysis.create_analysis_page(odd.RECORDS["nothing"].result)

    assert report.summary == "Presto was not asked: the run ended before."
    assert [one.title for one in report.sections] == [
        "What follows for the business",
        "How it is concluded",
    ]


@pytest.mark.parametrize("name", odd.RECORDS)
def test_odd_records_have_a_page(name: str) -> None:
    result: Result = odd.RECORDS[name].result
    report = analysis.create_analysis_page(result)

    made = html.render_report(report)

    assert "<script" not in made
    assert len(made) < 1_000_000
    assert made.count("<section") == len(report.sections)
    assert markdown.render_report(report).startswith("# What the events of run")
