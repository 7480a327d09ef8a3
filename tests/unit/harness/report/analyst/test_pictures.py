"""Pictures of answers: of which there are some, what is on them, and what does not fit."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.record.models import Answer
from harness.report.analyst import pictures
from harness.report.render.document import Figure
from tests.unit.harness.record import example

ANSWERS = {answer.query: answer for answer in example.answers()}
MARKS = {
    "2_coupon_rate_by_menu": 2 * 4,
    "3_orders_by_hour": 12,
    "3_orders_by_menu_and_hour": 4 * 12,
    "4_logins_by_hour": 12,
    "5_profiles_by_month": 6,
    "6_conversion_by_menu": 2 * 4,
    "7_ratings_by_stars": 5,
    "8_top_raters": 5,
}


def picture(answer: Answer) -> Figure:
    figure = pictures.create_figure(answer)
    assert figure is not None
    return figure


def seen(figure: Figure) -> list[str]:
    """The texts on the chart."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", figure.draw())


@pytest.mark.parametrize("query", MARKS)
def test_every_value_has_a_mark(query: str) -> None:
    figure = picture(ANSWERS[query])

    assert figure.draw().count('class="mark"') == MARKS[query]
    assert figure.caption.endswith(".")
    assert len(figure.table.rows) == len(ANSWERS[query].rows)


def test_of_the_others_there_is_none() -> None:
    assert {query for query, one in ANSWERS.items() if pictures.create_figure(one)} == {*MARKS}


@pytest.mark.parametrize("query", MARKS)
def test_of_nothing_there_is_none(query: str) -> None:
    answer = ANSWERS[query]
    nulls = tuple(None for _ in answer.columns)

    assert pictures.create_figure(answer.model_copy(update={"rows": ()})) is None
    assert pictures.create_figure(answer.model_copy(update={"rows": (nulls,)})) is None


def test_an_hour_without_any_has_a_place() -> None:
    figure = picture(example.answer("4_logins_by_hour", "hour logins", [(9, 7), (12, 11)]))

    shown = seen(figure)
    assert [text for text in shown if ":" in text] == ["09:00", "10:00", "11:00", "12:00"]
    assert {"7", "11"} <= {*shown}
    assert figure.caption.startswith("11 of 18 logins (61 %) are of the hour from 12:00 on")


def test_conversion_is_on_the_chart_and_in_the_caption() -> None:
    figure = picture(ANSWERS["6_conversion_by_menu"])

    assert {"Thai (0.986)", "Lebanese (0.008)", "5,249", "29"} <= {*seen(figure)}
    assert "Pizza 0.821; Lebanese 0.008; Mexican 0.049; Thai 0.986" in figure.caption


def test_orders_without_a_search_have_no_conversion() -> None:
    columns = "menu searches orders conversion"
    figure = picture(example.answer("6_conversion_by_menu", columns, [("Zaru", 0, 3, None)]))

    assert "Zaru (-)" in seen(figure)


@pytest.mark.parametrize(
    ("query", "columns", "most"),
    [
        ("6_conversion_by_menu", "menu searches orders", pictures.MOST_BARS),
        ("2_coupon_rate_by_menu", "menu orders coupon_orders", pictures.MOST_BARS),
        ("3_orders_by_menu_and_hour", "menu hour orders", pictures.MOST_ROWS),
    ],
)
def test_of_many_menus_the_largest_are_drawn(query: str, columns: str, most: int) -> None:
    rows = [(f"menu-{number:03}", 20, number % 20) for number in range(100)]
    if query.startswith("3"):
        rows = [(name, number, hour + 1) for name, hour, number in rows]

    figure = picture(example.answer(query, columns, rows))

    assert f"{100 - most} more menus are in the data only." in figure.caption
    assert len([text for text in seen(figure) if text.startswith("menu-")]) == most
    assert len(figure.table.rows) == 100


def test_a_wrong_hour_does_not_widen_the_day() -> None:
    figure = picture(example.answer("4_logins_by_hour", "hour logins", [(20, 7), (10**9, 11)]))

    assert len([text for text in seen(figure) if ":" in text]) == 5


@settings(max_examples=20, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_any_name_is_drawn(name: str) -> None:
    for query, columns in (
        ("7_ratings_by_stars", "stars ratings"),
        ("6_conversion_by_menu", "menu searches orders"),
        ("3_orders_by_menu_and_hour", "menu hour orders"),
    ):
        row = (name, *range(1, len(columns.split())))
        svg = picture(example.answer(query, columns, [row])).draw()
        assert svg.endswith("</svg>")
        assert 'class="mark"' in svg
