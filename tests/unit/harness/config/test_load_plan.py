"""The plan is the spec's: 19 calls, 42,452 requests, in their order."""

from collections import Counter

import pytest

from contract import tables
from harness.config import load_plan, model

SPEC = """
    1000 /new_user                      282  /order_food?menu=Thai
    5827 /login                         4311 /order_food?menu=Pizza
    8291 /login0                        1098 /post_review?review=The+food+was+amazing!
    367  /create_profile                1326 /post_review?review=Yuck-o-rama!!!
    2125 /menu_search?menu=Mexican      98   /post_rating?stars=5
    3457 /menu_search?menu=Lebanese     6243 /post_rating?stars=4
    286  /menu_search?menu=Thai         1021 /post_rating?stars=3
    5249 /menu_search?menu=Pizza        12   /post_rating?stars=2
    104  /order_food?menu=Mexican       1326 /post_rating?stars=1
    29   /order_food?menu=Lebanese
"""
"""The table of the specification, two columns of calls: the left one comes first."""

BY_TYPE = {
    "login": 14_118,
    "menu_search": 11_117,
    "post_rating": 8_700,
    "order_food": 4_726,
    "post_review": 2_424,
    "new_user": 1_000,
    "create_profile": 367,
}


def spec_calls() -> list[tuple[int, str]]:
    rows = [line.split() for line in SPEC.strip().splitlines()]
    columns = [row[:2] for row in rows] + [row[2:] for row in rows if row[2:]]
    return [(int(requests), path) for requests, path in columns]


def test_calls_are_those_of_the_spec_in_its_order() -> None:
    calls = load_plan.read_calls(model.LoadSettings())

    assert [(call.requests, call.path) for call in calls] == spec_calls()
    assert len(calls) == 19


def test_sums_are_those_of_the_spec() -> None:
    by_type: Counter[str] = Counter()
    by_table: Counter[str] = Counter()
    for call in load_plan.read_calls(model.LoadSettings()):
        by_type[call.event_type] += call.requests
        by_table[tables.table_of(call.event_type)] += call.requests

    assert by_type == BY_TYPE
    assert by_table == {"menu_app_events": 37_726, "menu_app_orders": 4_726}
    assert by_type.total() == 42_452


def test_login0_is_a_login_of_its_own_route() -> None:
    (call,) = (
        call for call in load_plan.read_calls(model.LoadSettings()) if call.path == "/login0"
    )

    assert (call.route, call.event_type) == ("login0", "login")


def test_a_smoke_load_calls_each_once() -> None:
    calls = load_plan.read_calls(model.LoadSettings(requests_per_call=1))

    assert [call.requests for call in calls] == [1] * 19


@pytest.mark.parametrize(
    ("fraction", "path", "requests"),
    [
        (0.1, "/new_user", 100),
        (0.1, "/login", 583),  # 582.7
        (0.1, "/order_food?menu=Mexican", 10),  # 10.4
        (0.5, "/login", 2_914),  # 2,913.5: a half goes up
        (0.5, "/order_food?menu=Lebanese", 15),  # 14.5: also when that is the odd one
        (0.001, "/post_rating?stars=2", 1),  # 0.012: never none
    ],
)
def test_a_fraction_sends_a_rounded_share(fraction: float, path: str, requests: int) -> None:
    calls = load_plan.read_calls(model.LoadSettings(fraction=fraction))

    assert {call.path: call.requests for call in calls}[path] == requests
