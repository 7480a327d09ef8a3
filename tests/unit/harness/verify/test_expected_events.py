"""The events that must be there, from the plan or from the ledger."""

from collections import Counter
from collections.abc import Iterable

import pytest

from app.ledger import Ledger
from harness.config import load_plan, model
from harness.config.load_plan import PlannedCall
from harness.verify import expected_events

CALLS = (
    PlannedCall("/login", 2, "login", "login"),
    PlannedCall("/post_review?review=Good+%26+hot!", 1, "post_review", "post_review"),
    PlannedCall("/login0", 1, "login0", "login"),
    PlannedCall("/menu_search?menu=Thai", 2, "menu_search", "menu_search"),
    PlannedCall("/login", 1, "login", "login"),
    PlannedCall("/menu_search?menu=Ph%E1%BB%9F", 1, "menu_search", "menu_search"),
    PlannedCall("/order_food?menu=Thai", 1, "order_food", "order_food"),
)


def test_each_route_counts_its_own_events() -> None:
    planned = expected_events.plan_events(CALLS, seed=1)

    assert [*planned] == [
        "login-000000",
        "login-000001",
        "post_review-000000",
        "login0-000000",
        "menu_search-000000",
        "menu_search-000001",
        "login-000002",
        "menu_search-000002",
        "order_food-000000",
    ]
    assert [planned[f"menu_search-00000{index}"]["description"] for index in range(3)] == [
        "Thai",
        "Thai",
        "Phở",
    ]
    assert planned["post_review-000000"]["description"] == "Good & hot!"
    assert planned["order_food-000000"]["coupon"] in ("Yes", "No")


def test_the_plan_has_the_counts_of_the_spec() -> None:
    planned = expected_events.plan_events(
        load_plan.read_calls(model.LoadSettings()), seed=1
    ).values()

    assert Counter(made["event_type"] for made in planned) == {
        "login": 14_118,
        "menu_search": 11_117,
        "post_rating": 8_700,
        "order_food": 4_726,
        "post_review": 2_424,
        "new_user": 1_000,
        "create_profile": 367,
    }
    assert len({made["event_id"] for made in planned}) == 42_452


ORDER, SEARCH, LOGIN = "order_food-000000", "menu_search-000007", "login-000000"


BEGAN = {ORDER: "Thai", SEARCH: "Phở & more", LOGIN: None}


def ledger(
    accepted: Iterable[str] = (), refused: Iterable[str] = (), lost: Iterable[str] = ()
) -> Ledger:
    return Ledger(BEGAN, {*accepted}, {*refused}, {*lost})


def test_events_are_made_again_from_what_the_app_began() -> None:
    begun = expected_events.recreate_begun(ledger(), seed=1)

    assert [*begun] == [ORDER, SEARCH, LOGIN]
    assert begun[SEARCH]["description"] == "Phở & more"
    assert begun[ORDER] == expected_events.plan_events(CALLS, seed=1)[ORDER]
    assert begun[ORDER] != expected_events.recreate_begun(ledger(), seed=2)[ORDER]


@pytest.mark.parametrize(
    ("fates", "found", "due"),
    [
        ({"accepted": {ORDER, LOGIN}}, set(), {ORDER, LOGIN}),
        ({"accepted": {ORDER}, "lost": {ORDER}}, set(), {ORDER}),
        ({"accepted": {ORDER}}, {LOGIN, None}, {ORDER, LOGIN}),
        ({"accepted": {ORDER}, "refused": {LOGIN}}, {LOGIN, SEARCH}, {ORDER, SEARCH}),
        ({}, {"login-000099"}, set()),
    ],
    ids=["accepted", "lost", "in doubt", "refused", "never begun"],
)
def test_accepted_events_are_due_and_those_in_doubt_that_came(
    fates: dict[str, set[str]], found: set[str | None], due: set[str]
) -> None:
    held = ledger(**fates)
    begun = expected_events.recreate_begun(held, seed=1)

    assert expected_events.select_due(begun, held, found) == {one: begun[one] for one in due}


PLANNED = expected_events.plan_events(
    (
        PlannedCall("/login", 1, "login", "login"),
        PlannedCall("/menu_search?menu=Thai", 2, "menu_search", ""),
    ),
    seed=1,
)


@pytest.mark.parametrize(
    ("accepted", "status", "actual"),
    [
        (
            {"login-000000": None, "menu_search-000000": "Thai", "menu_search-000001": "Thai"},
            "pass",
            "0",
        ),
        ({"login-000000": None, "menu_search-000001": "Thai"}, "fail", "1 (menu_search-000000)"),
        (
            {"menu_search-000000": "Thai", "menu_search-000001": "Pizza", "login-000001": None},
            "fail",
            "3 (login-000000, login-000001, menu_search-000001)",
        ),
    ],
    ids=["alike", "too few", "others"],
)
def test_a_bench_accepts_what_was_planned_and_nothing_else(
    accepted: dict[str, str | None], status: str, actual: str
) -> None:
    held = Ledger(began={**accepted, "login-000009": None}, accepted={*accepted})

    check = expected_events.check(PLANNED, expected_events.recreate_begun(held, seed=1), held)

    assert (check.status, check.expected, check.actual) == (status, "0", actual)


def test_a_load_without_a_plan_is_not_judged_by_one() -> None:
    assert expected_events.check(None, {}, ledger()).status == "not_run"
