"""What an event holds: the contract's pools, ranges, calendar and weights."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

import pytest

from app.event import Event, encode, make, remake
from app.route import ROUTES

Value = TypeVar("Value", str, int, date)

EVENTS = 20_000
DEVICES = {"Apple iPhone", "Android Device", "PC", "Apple Mac", "Raspberry Pi"}
FOODS = {"Mexican", "Thai", "Pizza", "American", "BBQ", "No Preference"}
ACTIVE = {f"A{number:05d}" for number in range(1_000)}
IDLE = {f"A{number:05d}" for number in range(1_000, 10_000)}


def events(route: str, count: int = EVENTS, seed: int = 1) -> list[Event]:
    argument = "Pizza" if ROUTES[route].argument else None
    return [make(seed, ROUTES[route], index, argument) for index in range(count)]


def chi_squared(found: Mapping[Value, int], weights: Mapping[Value, float]) -> float:
    assert found.keys() <= weights.keys()
    scale = sum(found.values()) / sum(weights.values())
    return sum(
        (found.get(key, 0) - weight * scale) ** 2 / (weight * scale)
        for key, weight in weights.items()
    )


def uniform(values: Iterable[Value]) -> dict[Value, float]:
    return dict.fromkeys(values, 1.0)


LOGINS = events("login")
TIMES = [datetime.fromisoformat(event["event_timestamp"]) for event in LOGINS]


@pytest.mark.parametrize("name", ROUTES)
def test_an_event_depends_on_seed_route_and_index_alone(name: str) -> None:
    assert events(name, 50) == events(name, 50)
    assert events(name, 50) != events(name, 50, seed=2)
    assert len({event["event_timestamp"] for event in events(name, 50)}) == 50


def test_two_routes_of_one_type_draw_apart() -> None:
    ours = [event["event_timestamp"] for event in events("login", 50)]
    theirs = [event["event_timestamp"] for event in events("login0", 50)]
    assert not set(ours) & set(theirs)


def test_the_id_is_the_name_of_the_route_and_the_index() -> None:
    ids = [make(1, ROUTES[name], 7, None)["event_id"] for name in ("default", "new_user", "login0")]
    assert ids == ["default-000007", "new_user-000007", "login0-000007"]
    assert make(1, ROUTES["login"], 1_234_567, None)["event_id"] == "login-1234567"


@pytest.mark.parametrize(
    ("name", "event_type", "uids", "descriptions"),
    [
        ("default", "default", {"na"}, {"default"}),
        ("login", "login", ACTIVE, DEVICES),
        ("login0", "login", IDLE, DEVICES),
        ("create_profile", "create_profile", ACTIVE, FOODS),
        ("menu_search", "menu_search", ACTIVE, {"Pizza"}),
        ("order_food", "order_food", ACTIVE, {"Pizza"}),
        ("post_review", "post_review", ACTIVE, {"Pizza"}),
        ("post_rating", "post_rating", ACTIVE, {"Pizza"}),
    ],
)
def test_uid_and_description_are_drawn_from_their_pools(
    name: str, event_type: str, uids: set[str], descriptions: set[str]
) -> None:
    made = events(name)
    assert {event["event_type"] for event in made} == {event_type}
    assert {event["uid"] for event in made} <= uids
    assert len({event["uid"] for event in made}) > 0.85 * len(uids)
    assert {event["description"] for event in made} == descriptions


def test_new_users_are_a_sequence_with_generated_names() -> None:
    made = events("new_user", 1_000)
    assert [event["uid"] for event in made] == [f"A{number:05d}" for number in range(1_000)]
    assert make(1, ROUTES["new_user"], 123_456, None)["uid"] == "A123456"
    assert len({event["description"] for event in made}) > 800
    assert all(event["description"].replace("_", "").isalnum() for event in made)


# The bounds are the 99.9 % quantiles of the chi-squared distribution, at a fixed seed.
def test_devices_and_foods_are_uniform() -> None:
    devices = Counter(event["description"] for event in LOGINS)
    foods = Counter(event["description"] for event in events("create_profile"))
    assert chi_squared(devices, uniform(DEVICES)) < 18.5
    assert chi_squared(foods, uniform(FOODS)) < 20.5


def test_active_uids_are_uniform() -> None:
    assert chi_squared(Counter(event["uid"] for event in LOGINS), uniform(ACTIVE)) < 1_143.9


def test_an_order_alone_has_a_price_and_a_coupon() -> None:
    orders = events("order_food")
    prices = Counter(event["price"] for event in orders)
    coupons = Counter(event["coupon"] for event in orders)
    assert chi_squared(prices, uniform(range(10, 51))) < 73.4
    assert chi_squared(coupons, {"Yes": 0.25, "No": 0.75}) < 10.8
    for name in ROUTES.keys() - {"order_food"}:
        assert not {"price", "coupon"} & events(name, 1)[0].keys()


def test_the_timestamp_is_a_date_that_exists_in_its_form() -> None:
    for event, time in zip(LOGINS, TIMES, strict=True):
        assert event["event_timestamp"] == time.strftime("%Y-%m-%d %H:%M:%S")
        assert (2019, 1) <= (time.year, time.month) <= (2019, 6)


def test_months_are_uniform_and_weekends_weigh_six_within_one() -> None:
    assert chi_squared(Counter(time.month for time in TIMES), uniform(range(1, 7))) < 20.5
    days = [date(2019, 1, 1) + timedelta(days=number) for number in range(181)]
    weight = {day: 6.0 if day.weekday() >= 5 else 1.0 for day in days}
    of_month = Counter[int]()
    for day in days:
        of_month[day.month] += int(weight[day])
    share = {day: weight[day] / of_month[day.month] for day in days}
    assert chi_squared(Counter(time.date() for time in TIMES), share) < 243.0


def test_hours_have_the_weights_of_33_parts_and_minutes_none() -> None:
    weights = dict.fromkeys((*range(10, 17), 21), 1.0) | {17: 5, 18: 5, 19: 10, 20: 5}
    assert sum(weights.values()) == 33
    assert chi_squared(Counter(time.hour for time in TIMES), weights) < 31.3
    assert chi_squared(Counter(time.minute for time in TIMES), uniform(range(60))) < 98.4
    assert chi_squared(Counter(time.second for time in TIMES), uniform(range(60))) < 98.4


@pytest.mark.parametrize("name", ROUTES)
def test_an_event_is_made_again_from_its_id_and_argument(name: str) -> None:
    argument = "Thai" if ROUTES[name].argument else None
    made = make(7, ROUTES[name], 1_042, argument)
    assert remake(7, made["event_id"], argument) == made


@pytest.mark.parametrize("text", ["", "login", "login-", "login-x", "nobody-000001", "-000001"])
def test_a_text_that_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no event id"):
        remake(1, text, None)


def test_the_message_is_one_object_of_headers_and_own_keys() -> None:
    made = make(1, ROUTES["order_food"], 3, "Phở & more")
    message = json.loads(encode(made, {"Host": "user1.comcast.com", "User-Agent": "ab"}))
    assert message == {**made, "Host": "user1.comcast.com", "User-Agent": "ab"}


def test_a_header_never_replaces_an_own_key() -> None:
    made = make(1, ROUTES["order_food"], 3, "Thai")
    headers = dict.fromkeys(made, "from a header")
    assert json.loads(encode(made, headers)) == made
