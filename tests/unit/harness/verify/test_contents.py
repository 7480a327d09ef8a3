"""A row that holds something else than its event is found, whatever the column."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import event
from app.ledger import Ledger
from app.route import ROUTES
from contract import tables
from harness.verify import contents, expected_events
from tests.unit.harness.verify import stored

ORDER = event.create_event(1, ROUTES["order_food"], 3, "Thai")
LOGIN = event.create_event(1, ROUTES["login"], 5, None)
BEGUN = {made["event_id"]: made for made in (ORDER, LOGIN)}


def check(*files: Any) -> tuple[str, str]:
    made = contents.check(files, BEGUN)
    assert made.expected == "0"
    return made.status, made.actual


def test_rows_that_hold_what_their_events_do() -> None:
    assert check(*stored.files(BEGUN.values())) == ("pass", "0")


def test_any_text_comes_through() -> None:
    begun = expected_events.recreate_begun(
        Ledger(began={"post_review-000000": ' "Phở"\\ \n\x00🍜 '}), seed=1
    )

    assert contents.check(stored.files(begun.values()), begun).status == "pass"


def raw(**changes: object) -> str:
    return json.dumps({**stored.HEADERS, **ORDER, **changes})


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"uid": "A99999"}, f"uid: expected {ORDER['uid']!r}, found 'A99999'"),
        ({"description": "Thai "}, "description: expected 'Thai', found 'Thai '"),
        ({"description": None}, "description: expected 'Thai', found None"),
        ({"event_type": "login"}, "event_type: expected 'order_food', found 'login'"),
        ({"price": 51}, f"price: expected {ORDER['price']}, found 51"),
        ({"price": None}, f"price: expected {ORDER['price']}, found None"),
        ({"coupon": "yes"}, f"coupon: expected {ORDER['coupon']!r}, found 'yes'"),
        (
            {"event_timestamp": datetime(2019, 3, 2, 12, 0, 0, 1, UTC)},
            (
                f"event_timestamp: expected {ORDER['event_timestamp']!r},"
                " found '2019-03-02 12:00:00.000001'"
            ),
        ),
        ({"raw_event": raw(uid="A1")}, f"raw_event's uid: expected {ORDER['uid']!r}, found 'A1'"),
        (
            {"uid": "A1", "raw_event": raw(price="9")},
            (
                f"uid: expected {ORDER['uid']!r}, found 'A1',"
                f" raw_event's price: expected {ORDER['price']}, found '9'"
            ),
        ),
    ],
)
def test_a_change_is_named_with_its_column(changes: dict[str, Any], found: str) -> None:
    file = stored.file([stored.row(ORDER, **changes)], tables.ORDERS)

    assert check(file) == ("fail", f"1 (order_food-000003 ({found}))")


@pytest.mark.parametrize("raw_event", [None, "", "no JSON", "[1]", "5"])
def test_a_message_that_is_no_object_holds_nothing(raw_event: str | None) -> None:
    file = stored.file([stored.row(LOGIN, raw_event=raw_event)])

    status, found = check(file)

    assert status == "fail"
    assert "raw_event's event_id: expected 'login-000005', found None" in found


def test_an_event_that_is_no_order_has_no_price() -> None:
    file = stored.file([stored.row(LOGIN, price=10)])

    assert check(file) == ("fail", "1 (login-000005 (price: expected None, found 10))")


def test_rows_of_nobodys_events_and_dead_letters_are_left_to_the_ladder() -> None:
    other = stored.row(LOGIN, event_id="login-999999", uid="A1")
    nameless = stored.row(LOGIN, event_id=None, uid="A1")
    dead = stored.file([stored.row(LOGIN, uid="A1")], tables.DEAD_LETTERS)

    assert check(stored.file([other, nameless]), dead) == ("pass", "0")


def test_of_many_the_first_are_named() -> None:
    begun = expected_events.recreate_begun(
        Ledger(began={f"login-{n:06d}": None for n in range(1_200)}), seed=1
    )
    rows = [stored.row(made, description="Phone") for made in begun.values()]

    made = contents.check([stored.file(rows)], begun)

    assert made.actual.startswith("1,200 (login-000000 (description: expected '")
    assert made.actual.count("; ") == 5
    assert made.actual.endswith("; …)")


@given(st.sampled_from(contents.FIELDS), st.data())
def test_no_column_may_hold_anothers_value(name: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, 99))
    other = event.create_event(1, ROUTES["order_food"], index, "Pizza")
    value = stored.row(other)[name]
    changed = stored.file([stored.row(ORDER, **{name: value})], tables.ORDERS)

    same = dict(other)[name] == dict(ORDER)[name]

    assert (contents.check([changed], BEGUN).status == "pass") is same
