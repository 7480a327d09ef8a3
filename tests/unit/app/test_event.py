"""What an event holds: the contract's pools, ranges, calendar and weights."""

import json
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from app import event as event_module
from app.event import Event, create_event, encode_event, recreate_event
from app.route import ROUTES

Value = TypeVar("Value", str, int, date, tuple[str, int])

EVENTS = 20_000
SEEDS = (1, 2, 7, 2**63 - 1)
DEVICES = {"Apple iPhone", "Android Device", "PC", "Apple Mac", "Raspberry Pi"}
FOODS = {"Mexican", "Thai", "Pizza", "American", "BBQ", "No Preference"}
ACTIVE = {f"A{number:05d}" for number in range(1_000)}
IDLE = {f"A{number:05d}" for number in range(1_000, 10_000)}


def events(route: str, count: int = EVENTS, seed: int = 1) -> list[Event]:
    argument = "Pizza" if ROUTES[route].argument else None
    return [create_event(seed, ROUTES[route], index, argument) for index in range(count)]


def agrees(found: Iterable[Value], weights: Mapping[Value, float]) -> bool:
    """Whether the values may have been drawn by these weights: at p > 0.001, chi-squared."""
    counts = Counter(found)
    assert counts.keys() <= weights.keys()
    scale = counts.total() / sum(weights.values())
    return bool(
        chisquare(
            [counts[value] for value in weights],
            [weight * scale for weight in weights.values()],
        ).pvalue
        > 0.001
    )


def uniform(values: Iterable[Value]) -> dict[Value, float]:
    return dict.fromkeys(values, 1.0)


def times(made: Iterable[Event]) -> list[datetime]:
    return [datetime.fromisoformat(event["event_timestamp"]) for event in made]


# The calendar of the spec: of each month a weekend's day has 6 parts and another 1.
DAYS = [date(2019, 1, 1) + timedelta(days=number) for number in range(181)]
DAY_PARTS = {day: 6 if day.weekday() >= 5 else 1 for day in DAYS}
MONTH_PARTS = {
    month: sum(parts for day, parts in DAY_PARTS.items() if day.month == month)
    for month in range(1, 7)
}
HOUR_PARTS = dict.fromkeys((*range(10, 17), 21), 1) | {17: 5, 18: 5, 19: 10, 20: 5}


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
    ids = [
        create_event(1, ROUTES[name], 7, None)["event_id"]
        for name in ("default", "new_user", "login0")
    ]
    assert ids == ["default-000007", "new_user-000007", "login0-000007"]
    assert create_event(1, ROUTES["login"], 1_234_567, None)["event_id"] == "login-1234567"


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
    assert create_event(1, ROUTES["new_user"], 123_456, None)["uid"] == "A123456"
    assert len({event["description"] for event in made}) > 800
    assert all(event["description"].replace("_", "").isalnum() for event in made)


def test_an_order_alone_has_a_price_and_a_coupon() -> None:
    assert {"price", "coupon"} <= events("order_food", 1)[0].keys()
    for name in ROUTES.keys() - {"order_food"}:
        assert not {"price", "coupon"} & events(name, 1)[0].keys()


@pytest.mark.parametrize("seed", SEEDS)
class TestWeights:
    """What is drawn at fixed seeds, beside the weights of the spec."""

    def test_of_the_pools(self, seed: int) -> None:
        logins, profiles = events("login", seed=seed), events("create_profile", seed=seed)
        assert agrees((event["description"] for event in logins), uniform(DEVICES))
        assert agrees((event["description"] for event in profiles), uniform(FOODS))
        assert agrees((event["uid"] for event in logins), uniform(ACTIVE))
        idle = events("login0", 5 * len(IDLE), seed)
        assert agrees((event["uid"] for event in idle), uniform(IDLE))

    def test_of_price_and_coupon(self, seed: int) -> None:
        orders = events("order_food", seed=seed)
        assert agrees((event["price"] for event in orders), uniform(range(10, 51)))
        assert agrees((event["coupon"] for event in orders), {"Yes": 1, "No": 3})

    def test_of_the_calendar(self, seed: int) -> None:
        drawn = times(events("login", seed=seed))
        assert agrees((time.month for time in drawn), uniform(range(1, 7)))
        share = {day: parts / MONTH_PARTS[day.month] for day, parts in DAY_PARTS.items()}
        assert agrees((time.date() for time in drawn), share)

    def test_of_the_clock(self, seed: int) -> None:
        drawn = times(events("login", seed=seed))
        assert sum(HOUR_PARTS.values()) == 33
        assert agrees((time.hour for time in drawn), HOUR_PARTS)
        assert agrees((time.minute for time in drawn), uniform(range(60)))
        assert agrees((time.second for time in drawn), uniform(range(60)))

    def test_of_one_choice_do_not_lean_on_another(self, seed: int) -> None:
        orders = events("order_food", seed=seed)
        months = [time.month for time in times(orders)]
        pairs = zip((event["coupon"] for event in orders), months, strict=True)
        weights = {
            (coupon, month): w for coupon, w in (("Yes", 1), ("No", 3)) for month in range(1, 7)
        }
        assert agrees(pairs, weights)


Draw = Callable[..., Event]


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """An order made from draws of the test's choice; the others are 0."""
    drawn = dict.fromkeys(["who", "what", "month", "day", "hour", "minute", "price", "coupon"], 0)

    class Digest:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def digest(self) -> bytes:
            return struct.pack("<8I", *drawn.values())

    def make_from(**changes: int) -> Event:
        drawn.update(changes)
        return create_event(1, ROUTES["order_food"], 0, "Thai")

    monkeypatch.setattr(event_module, "blake2b", Digest)
    return make_from


class TestWholeCalendar:
    """Every draw there is: nothing else can come of any, and each comes as often as it should."""

    @pytest.mark.parametrize("month", range(1, 7))
    def test_days(self, draw: Draw, month: int) -> None:
        parts = MONTH_PARTS[month]
        drawn = Counter(
            time.date()
            for time in times(draw(month=month - 1, day=day) for day in range(2 * parts))
        )
        # Twice through all parts: the draws repeat after them.
        assert drawn == {day: 2 * p for day, p in DAY_PARTS.items() if day.month == month}

    def test_months(self, draw: Draw) -> None:
        drawn = Counter(time.month for time in times(draw(month=month) for month in range(12)))
        assert drawn == dict.fromkeys(range(1, 7), 2)

    def test_hours(self, draw: Draw) -> None:
        drawn = Counter(time.hour for time in times(draw(hour=hour) for hour in range(66)))
        assert drawn == {hour: 2 * parts for hour, parts in HOUR_PARTS.items()}

    def test_minutes_and_seconds(self, draw: Draw) -> None:
        made = [draw(minute=minute) for minute in range(3_600)]
        drawn = Counter((time.minute, time.second) for time in times(made))
        assert drawn == {(m, s): 1 for m in range(60) for s in range(60)}

    def test_prices_and_coupons(self, draw: Draw) -> None:
        assert Counter(draw(price=price)["price"] for price in range(41)) == dict.fromkeys(
            range(10, 51), 1
        )
        assert Counter(draw(coupon=coupon)["coupon"] for coupon in range(4)) == {"Yes": 1, "No": 3}

    @given(st.integers(0, 2**64 - 1), st.integers(0, 10**9))
    def test_form(self, seed: int, index: int) -> None:
        text = create_event(seed, ROUTES["login"], index, None)["event_timestamp"]
        time = datetime.fromisoformat(text)
        assert text == time.strftime("%Y-%m-%d %H:%M:%S")
        assert time.date() in DAY_PARTS
        assert time.hour in HOUR_PARTS


@pytest.mark.parametrize("name", ROUTES)
def test_an_event_is_made_again_from_its_id_and_argument(name: str) -> None:
    argument = "Thai" if ROUTES[name].argument else None
    made = create_event(7, ROUTES[name], 1_042, argument)
    assert recreate_event(7, made["event_id"], argument) == made


@pytest.mark.parametrize("text", ["", "login", "login-", "login-x", "nobody-000001", "-000001"])
def test_a_text_that_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no event id"):
        recreate_event(1, text, None)


def test_the_message_is_one_object_of_headers_and_own_keys() -> None:
    made = create_event(1, ROUTES["order_food"], 3, "Phở & more")
    message = json.loads(encode_event(made, {"Host": "user1.comcast.com", "User-Agent": "ab"}))
    assert message == {**made, "Host": "user1.comcast.com", "User-Agent": "ab"}


def test_a_header_never_replaces_an_own_key() -> None:
    made = create_event(1, ROUTES["order_food"], 3, "Thai")
    headers = dict.fromkeys(made, "from a header")
    assert json.loads(encode_event(made, headers)) == made
