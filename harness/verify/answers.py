"""The answers to the queries of `sql/report`, computed from the events in plain Python.

Texts sort by code point, in Presto as in Python: it compares a varchar's UTF-8 bytes, whose order
is the same. Hours and months are those of the event's own text, which is in UTC.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import zip_longest

from app.event import Event
from harness.record.models import Answer, Check
from harness.verify import checks

Value = str | int | float | None
Row = tuple[Value, ...]
Text = tuple[str | None, ...]
"""A row as the record has it."""

TOP_RATERS = 5


@dataclass(frozen=True, slots=True)
class Question:
    """A query of the report: the columns of its answer, and how its rows follow from the events."""

    columns: tuple[str, ...]
    answer: Callable[[Sequence[Event]], Iterable[Row]]


def events_by_type(events: Sequence[Event]) -> list[Row]:
    """How many events of each type, the most first."""
    return _most_first(Counter(made["event_type"] for made in events))


def events_by_type_and_description(events: Sequence[Event]) -> list[Row]:
    """How many searches, reviews and ratings of each text, by type, the most first."""
    told = ("menu_search", "post_review", "post_rating")
    counts = Counter(
        (made["event_type"], made["description"]) for made in events if made["event_type"] in told
    )
    return [
        (event_type, description, counts[event_type, description])
        for event_type, description in sorted(
            counts, key=lambda key: (key[0], -counts[key], key[1])
        )
    ]


def coupon_rate(events: Sequence[Event]) -> list[Row]:
    """Orders, those with a coupon, and their share."""
    coupons = Counter(made["coupon"] for made in _of_type(events, "order_food"))
    orders = coupons.total()
    return [(orders, coupons["Yes"], share(coupons["Yes"], orders))]


def coupon_rate_by_menu(events: Sequence[Event]) -> list[Row]:
    """The same for each menu."""
    orders = Counter(made["description"] for made in _of_type(events, "order_food"))
    coupons = Counter(
        made["description"] for made in _of_type(events, "order_food") if made["coupon"] == "Yes"
    )
    return [
        (menu, orders[menu], coupons[menu], share(coupons[menu], orders[menu]))
        for menu in sorted(orders)
    ]


def orders_by_menu_and_coupon(events: Sequence[Event]) -> list[Row]:
    """Orders by menu and coupon."""
    orders = _of_type(events, "order_food")
    return _by_key(Counter((made["description"], made["coupon"]) for made in orders))


def orders_by_hour(events: Sequence[Event]) -> list[Row]:
    """Orders by hour of the day."""
    return _by_key(Counter((_hour(made),) for made in _of_type(events, "order_food")))


def orders_by_menu_and_hour(events: Sequence[Event]) -> list[Row]:
    """Orders by menu and hour of the day."""
    orders = _of_type(events, "order_food")
    return _by_key(Counter((made["description"], _hour(made)) for made in orders))


def logins_by_hour(events: Sequence[Event]) -> list[Row]:
    """Logins by hour of the day."""
    return _by_key(Counter((_hour(made),) for made in _of_type(events, "login")))


def profiles_by_month(events: Sequence[Event]) -> list[Row]:
    """Profiles by month, as 2019-03."""
    profiles = _of_type(events, "create_profile")
    return _by_key(Counter((made["event_timestamp"][:7],) for made in profiles))


def conversion_by_menu(events: Sequence[Event]) -> list[Row]:
    """Searches and orders of each menu, and the orders for a search."""
    searches = Counter(made["description"] for made in _of_type(events, "menu_search"))
    orders = Counter(made["description"] for made in _of_type(events, "order_food"))
    return [
        (menu, searches[menu], orders[menu], share(orders[menu], searches[menu]))
        for menu in sorted(searches.keys() | orders.keys())
    ]


def ratings_by_stars(events: Sequence[Event]) -> list[Row]:
    """Ratings by number of stars."""
    return _by_key(Counter((made["description"],) for made in _of_type(events, "post_rating")))


def top_raters(events: Sequence[Event]) -> list[Row]:
    """The five users who rated most; of equals, the first by id."""
    return _most_first(Counter(made["uid"] for made in _of_type(events, "post_rating")))[
        :TOP_RATERS
    ]


QUESTIONS = {
    "1_events_by_type": Question(("event_type", "events"), events_by_type),
    "1_events_by_type_and_description": Question(
        ("event_type", "description", "events"), events_by_type_and_description
    ),
    "2_coupon_rate": Question(("orders", "coupon_orders", "coupon_rate"), coupon_rate),
    "2_coupon_rate_by_menu": Question(
        ("menu", "orders", "coupon_orders", "coupon_rate"), coupon_rate_by_menu
    ),
    "2_orders_by_menu_and_coupon": Question(
        ("menu", "coupon", "orders"), orders_by_menu_and_coupon
    ),
    "3_orders_by_hour": Question(("hour", "orders"), orders_by_hour),
    "3_orders_by_menu_and_hour": Question(("menu", "hour", "orders"), orders_by_menu_and_hour),
    "4_logins_by_hour": Question(("hour", "logins"), logins_by_hour),
    "5_profiles_by_month": Question(("month", "profiles"), profiles_by_month),
    "6_conversion_by_menu": Question(
        ("menu", "searches", "orders", "conversion"), conversion_by_menu
    ),
    "7_ratings_by_stars": Question(("stars", "ratings"), ratings_by_stars),
    "8_top_raters": Question(("uid", "ratings"), top_raters),
}
"""By the name of the query's file."""


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`, rounded as Presto's `round(double, 3)` does; null of nothing.

    That is Math.round(x * 1000) / 1000.0, a half upwards (MathFunctions.round of Presto 0.287):
    Python's own `round` looks at the exact value of x, and takes a half to the even digit.
    """
    if not whole:
        return None
    scaled = part / whole * 1000.0
    # Exactly: for the largest number below 0.5, adding 0.5 in floating point gives 1.
    return math.floor(Fraction(scaled) + Fraction(1, 2)) / 1000.0


def compare(given: Sequence[Answer], events: Sequence[Event]) -> list[Answer]:
    """The answers, with their differences from those that follow from the events.

    A query that somebody has added has none to be compared with.
    """
    return [_compared(answer, events) for answer in given]


def check(compared: Iterable[Answer]) -> tuple[Check, ...]:
    """That each answer has no difference."""
    return tuple(
        checks.check(
            f"differences in the answer to {answer.query}",
            "0" if answer.differences is not None else "not known",
            checks.listed(answer.differences or (), separator="; "),
            judged=answer.differences is not None,
        )
        for answer in compared
    )


def _compared(answer: Answer, events: Sequence[Event]) -> Answer:
    question = QUESTIONS.get(answer.query)
    if question is None:
        return answer
    rows = [_text(row) for row in question.answer(events)]
    found = [*_columns(question.columns, answer.columns), *_differences(rows, answer.rows)]
    return answer.model_copy(update={"differences": tuple(found)})


def _columns(expected: Text, found: Text) -> Iterator[str]:
    if expected != found:
        yield f"columns: expected {checks.shown(expected)}, found {checks.shown(found)}"


def _differences(expected: Sequence[Text], found: Sequence[Text]) -> Iterator[str]:
    """A line for each row that differs; what is missing or too many does not shift the rest."""
    matcher = SequenceMatcher(None, expected, found, autojunk=False)
    for kind, first, end, other, other_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        pairs = zip_longest(expected[first:end], found[other:other_end])
        for number, (ours, theirs) in enumerate(pairs, 1):
            place = first + number if ours is not None else other + number
            yield f"row {place}: expected {_shown(ours)}, found {_shown(theirs)}"


def _shown(row: Text | None) -> str:
    return "no such row" if row is None else checks.shown(row)


def _text(row: Row) -> Text:
    return tuple(None if value is None else str(value) for value in row)


def _of_type(events: Iterable[Event], event_type: str) -> list[Event]:
    return [made for made in events if made["event_type"] == event_type]


def _hour(made: Event) -> int:
    return int(made["event_timestamp"][11:13])


def _by_key(counts: Counter[tuple[str | int, ...]]) -> list[Row]:
    return [(*key, count) for key, count in sorted(counts.items())]


def _most_first(counts: Counter[str]) -> list[Row]:
    return [(name, counts[name]) for name in sorted(counts, key=lambda name: (-counts[name], name))]
