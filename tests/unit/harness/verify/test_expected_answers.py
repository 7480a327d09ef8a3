"""The expected answers, against some that were worked out by hand, and what differs from them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.event import Event
from contract.events import EventType
from harness.config import load_plan, model
from harness.record.models import Answer
from harness.system.paths import ROOT
from harness.verify import expected_answers, expected_events

SQL = ROOT / "sql" / "report"


def made(event_type: EventType, uid: str, description: str, time: str, coupon: str = "") -> Event:
    event: Event = {
        "event_id": f"{event_type}-000000",
        "event_type": event_type,
        "uid": uid,
        "description": description,
        "event_timestamp": f"2019-{time}",
    }
    if coupon:
        event |= {"price": 10, "coupon": coupon}
    return event


EVENTS = [
    made("default", "na", "default", "01-05 10:00:00"),
    made("new_user", "A00000", "sweet_taco01", "06-30 21:59:59"),
    made("login", "A00007", "PC", "01-31 19:00:00"),
    made("login", "A00007", "PC", "02-28 19:59:59"),
    made("login", "A04711", "Apple Mac", "03-02 10:30:00"),
    made("create_profile", "A00001", "BBQ", "03-31 12:00:00"),
    made("create_profile", "A00002", "Thai", "03-01 12:00:00"),
    made("create_profile", "A00003", "BBQ", "01-01 12:00:00"),
    made("menu_search", "A00001", "Thai", "01-05 17:00:00"),
    made("menu_search", "A00002", "Thai", "01-05 17:00:00"),
    made("menu_search", "A00003", "Phở", "01-05 17:00:00"),
    made("order_food", "A00001", "Thai", "05-04 18:15:00", "Yes"),
    made("order_food", "A00001", "Thai", "05-05 18:45:00", "No"),
    made("order_food", "A00002", "Thai", "05-06 20:00:00", "No"),
    made("order_food", "A00003", "Zaru", "05-06 20:10:00", "Yes"),
    made("post_review", "A00003", "Good & hot!", "01-05 11:00:00"),
    made("post_rating", "A00006", "5", "01-05 11:00:00"),
    made("post_rating", "A00005", "5", "01-05 11:00:00"),
    made("post_rating", "A00004", "1", "01-05 11:00:00"),
    made("post_rating", "A00003", "4", "01-05 11:00:00"),
    made("post_rating", "A00002", "5", "01-05 11:00:00"),
    made("post_rating", "A00001", "1", "01-05 11:00:00"),
    made("post_rating", "A00005", "10", "01-05 11:00:00"),
]
BY_HAND: dict[str, list[tuple[object, ...]]] = {
    "1_events_by_type": [
        ("post_rating", 7),
        ("order_food", 4),
        ("create_profile", 3),
        ("login", 3),
        ("menu_search", 3),
        ("default", 1),
        ("new_user", 1),
        ("post_review", 1),
    ],
    "1_events_by_type_and_description": [
        ("menu_search", "Thai", 2),
        ("menu_search", "Phở", 1),
        ("post_rating", "5", 3),
        ("post_rating", "1", 2),
        ("post_rating", "10", 1),
        ("post_rating", "4", 1),
        ("post_review", "Good & hot!", 1),
    ],
    "2_coupon_rate": [(4, 2, 0.5)],
    "2_coupon_rate_by_menu": [("Thai", 3, 1, 0.333), ("Zaru", 1, 1, 1.0)],
    "2_orders_by_menu_and_coupon": [("Thai", "No", 2), ("Thai", "Yes", 1), ("Zaru", "Yes", 1)],
    "3_orders_by_hour": [(18, 2), (20, 2)],
    "3_orders_by_menu_and_hour": [("Thai", 18, 2), ("Thai", 20, 1), ("Zaru", 20, 1)],
    "4_logins_by_hour": [(10, 1), (19, 2)],
    "5_profiles_by_month": [("2019-01", 1), ("2019-03", 2)],
    "6_conversion_by_menu": [("Phở", 1, 0, 0.0), ("Thai", 2, 3, 1.5), ("Zaru", 0, 1, None)],
    "7_ratings_by_stars": [("1", 2), ("10", 1), ("4", 1), ("5", 3)],
    "8_top_raters": [("A00005", 2), *((f"A0000{number}", 1) for number in (1, 2, 3, 4))],
}
OF_NOTHING: dict[str, list[tuple[object, ...]]] = {"2_coupon_rate": [(0, 0, None)]}


def test_every_query_has_an_answer_and_every_answer_a_query() -> None:
    assert {*expected_answers.QUESTIONS} == {path.stem for path in SQL.glob("*.sql")}
    assert {*expected_answers.QUESTIONS} == {*BY_HAND}


@pytest.mark.parametrize("query", BY_HAND)
def test_answer_by_hand(query: str) -> None:
    question = expected_answers.QUESTIONS[query]
    assert [*question.answer(EVENTS)] == BY_HAND[query]
    assert [*question.answer(EVENTS[::-1])] == BY_HAND[query]
    assert [*question.answer([])] == OF_NOTHING.get(query, [])


@pytest.mark.parametrize("query", BY_HAND)
def test_columns_are_those_that_the_query_names(query: str) -> None:
    text = (SQL / f"{query}.sql").read_text(encoding="utf-8")
    question = expected_answers.QUESTIONS[query]
    assert len(question.columns) == len(BY_HAND[query][0])
    assert all(column in text.partition("FROM")[0] for column in question.columns)


@pytest.fixture(scope="module")
def bench() -> list[Event]:
    """The events of a whole load at seed 1."""
    return [
        *expected_events.plan_events(load_plan.read_calls(model.LoadSettings()), seed=1).values()
    ]


OF_THE_SPEC: dict[str, list[tuple[object, ...]]] = {
    "1_events_by_type": [
        ("login", 14_118),
        ("menu_search", 11_117),
        ("post_rating", 8_700),
        ("order_food", 4_726),
        ("post_review", 2_424),
        ("new_user", 1_000),
        ("create_profile", 367),
    ],
    "1_events_by_type_and_description": [
        ("menu_search", "Pizza", 5_249),
        ("menu_search", "Lebanese", 3_457),
        ("menu_search", "Mexican", 2_125),
        ("menu_search", "Thai", 286),
        ("post_rating", "4", 6_243),
        ("post_rating", "1", 1_326),
        ("post_rating", "3", 1_021),
        ("post_rating", "5", 98),
        ("post_rating", "2", 12),
        ("post_review", "Yuck-o-rama!!!", 1_326),
        ("post_review", "The food was amazing!", 1_098),
    ],
    "6_conversion_by_menu": [
        ("Lebanese", 3_457, 29, 0.008),
        ("Mexican", 2_125, 104, 0.049),
        ("Pizza", 5_249, 4_311, 0.821),
        ("Thai", 286, 282, 0.986),
    ],
    "7_ratings_by_stars": [
        ("1", 1_326),
        ("2", 12),
        ("3", 1_021),
        ("4", 6_243),
        ("5", 98),
    ],
}


@pytest.mark.parametrize("query", OF_THE_SPEC)
def test_a_bench_has_the_figures_of_the_spec(bench: list[Event], query: str) -> None:
    assert [*expected_answers.QUESTIONS[query].answer(bench)] == OF_THE_SPEC[query]


def test_what_is_drawn_adds_up_to_the_spec(bench: list[Event]) -> None:
    def numbers(query: str) -> list[Any]:
        return [row[-1] for row in expected_answers.QUESTIONS[query].answer(bench)]

    for query in ("2_orders_by_menu_and_coupon", "3_orders_by_hour", "3_orders_by_menu_and_hour"):
        assert sum(numbers(query)) == 4_726
    assert sum(numbers("4_logins_by_hour")) == 14_118
    assert sum(numbers("5_profiles_by_month")) == 367
    ((orders, _, rate),) = expected_answers.QUESTIONS["2_coupon_rate"].answer(bench)
    assert orders == 4_726
    assert rate == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(0, 5, 0.0), (5, 0, None), (1, 16, 0.063), (5, 16, 0.313), (1, 2_000, 0.001), (7, 2, 3.5)],
)
def test_half_of_a_thousandth_is_rounded_upwards(part: int, whole: int, share: object) -> None:
    # Python's round has 0.062, 0.312 and 0.0 for three of them.
    assert expected_answers.share(part, whole) == share


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_that_of_the_product_in_floating_point(part: int, whole: int) -> None:
    scaled = Decimal(part / whole * 1_000).quantize(Decimal(1), ROUND_HALF_UP)
    assert expected_answers.share(part, whole) == int(scaled) / 1_000


@given(st.lists(st.text(min_size=1), unique=True))
def test_texts_are_in_the_order_of_their_bytes(texts: list[str]) -> None:
    events = [made("post_rating", "A00000", text, "01-05 11:00:00") for text in texts]
    rows = expected_answers.QUESTIONS["7_ratings_by_stars"].answer(events)
    assert [row[0] for row in rows] == sorted(texts, key=str.encode)


def given_by_presto(query: str, **changes: Any) -> Answer:
    """The answer to be expected, as Presto gives it, but for `changes`."""
    rows = tuple(tuple(None if v is None else str(v) for v in row) for row in BY_HAND[query])
    columns = expected_answers.QUESTIONS[query].columns
    return Answer(**{"query": query, "columns": columns, "rows": rows, **changes})


def differences(answer: Answer) -> tuple[str, ...]:
    (compared,) = expected_answers.compare([answer], EVENTS)
    assert compared == answer.model_copy(update={"differences": compared.differences})
    assert compared.differences is not None
    return compared.differences


def test_answers_as_expected_differ_nowhere() -> None:
    given = [given_by_presto(query) for query in BY_HAND]
    compared = expected_answers.compare(given, EVENTS)
    assert [answer.differences for answer in compared] == [()] * len(BY_HAND)
    assert {check.status for check in expected_answers.check(compared)} == {"pass"}


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (
            [("18", "2"), ("20", "3")],
            ["row 2: expected ('20', '2'), found ('20', '3')"],
        ),
        (
            [("20", "2")],
            ["row 1: expected ('18', '2'), found no such row"],
        ),
        (
            [("18", "2"), (None, "1"), ("20", "2")],
            ["row 2: expected no such row, found (None, '1')"],
        ),
        (
            [("20", "2"), ("18", "2")],
            [
                "row 1: expected no such row, found ('20', '2')",
                "row 2: expected ('20', '2'), found no such row",
            ],
        ),
        (
            [],
            [
                "row 1: expected ('18', '2'), found no such row",
                "row 2: expected ('20', '2'), found no such row",
            ],
        ),
    ],
    ids=["changed", "missing", "too many", "swapped", "nothing"],
)
def test_a_row_that_differs_is_a_line(rows: list[tuple[str | None, ...]], lines: list[str]) -> None:
    answer = given_by_presto("3_orders_by_hour", rows=tuple(rows))
    assert differences(answer) == tuple(lines)
    (check,) = expected_answers.check(expected_answers.compare([answer], EVENTS))
    assert (check.name, check.status) == ("differences in the answer to 3_orders_by_hour", "fail")
    assert check.actual == f"{len(lines)} ({'; '.join(lines)})"


def test_columns_are_compared_too() -> None:
    answer = given_by_presto("3_orders_by_hour", columns=("hour", "n"))
    assert differences(answer) == ("columns: expected ('hour', 'orders'), found ('hour', 'n')",)


def test_the_record_has_every_line_and_the_check_the_first() -> None:
    answer = given_by_presto("8_top_raters", rows=tuple((f"A{n}", "0") for n in range(1_500)))
    assert len(differences(answer)) == 1_500
    (check,) = expected_answers.check(expected_answers.compare([answer], EVENTS))
    assert check.actual.startswith(
        "1,500 (row 1: expected ('A00005', '2'), found ('A0', '0'); row 2"
    )
    assert check.actual.count("row ") == 5


def test_a_query_that_somebody_added_is_not_judged() -> None:
    answer = Answer(query="9_mine", columns=("n",), rows=(("1",),))
    assert expected_answers.compare([answer], EVENTS) == [answer]
    (check,) = expected_answers.check([answer])
    assert (check.status, check.expected) == ("not_run", "not known")
