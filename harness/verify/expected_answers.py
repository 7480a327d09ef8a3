"""The answers to the queries of `sql/report`, computed from the events in plain Python.

Texts sort by code point, in Presto as in Python: it compares a varchar's UTF-8 bytes, whose order
is the same. Hours and months are those of the event's own text, which is in UTC.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from functools import partial
from itertools import zip_longest
from operator import itemgetter

from app.event import Event
from contract.events import ORDER, EventType
from harness.record.models import Answer, Check
from harness.verify import checks

Value = str | int | float | None
AnswerRow = tuple[Value, ...]
TextRow = tuple[str | None, ...]
"""A row as it is recorded."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query of the report: the columns of its answer, and the function that computes its rows."""

    columns: tuple[str, ...]
    answer: Callable[[Sequence[Event]], Iterable[AnswerRow]]


def count_by(
    event_type: EventType, keys: Sequence[Callable[[Event], str | int]], events: Iterable[Event]
) -> list[AnswerRow]:
    """Count events of a type by some keys of an event, in the order of the keys."""
    counts = Counter(tuple(key(event) for key in keys) for event in _of_type(events, event_type))
    return [(*values, count) for values, count in sorted(counts.items())]


def events_by_type(events: Sequence[Event]) -> list[AnswerRow]:
    """Count events of each type, the most first."""
    return _most_first(Counter(event["event_type"] for event in events))


def events_by_type_and_description(events: Sequence[Event]) -> list[AnswerRow]:
    """Count searches, reviews and ratings of each text, by type, the most first."""
    told = ("menu_search", "post_review", "post_rating")
    counts = Counter(
        (event["event_type"], event["description"])
        for event in events
        if event["event_type"] in told
    )
    return [
        (event_type, description, counts[event_type, description])
        for event_type, description in sorted(
            counts, key=lambda key: (key[0], -counts[key], key[1])
        )
    ]


def coupon_rate(events: Sequence[Event]) -> list[AnswerRow]:
    """Count orders and those with a coupon, and compute their share."""
    coupons = Counter(event["coupon"] for event in _of_type(events, ORDER))
    orders = coupons.total()
    return [(orders, coupons["Yes"], share(coupons["Yes"], orders))]


def coupon_rate_by_menu(events: Sequence[Event]) -> list[AnswerRow]:
    """Count orders and those with a coupon for each menu, and compute their share."""
    orders = Counter(event["description"] for event in _of_type(events, ORDER))
    coupons = Counter(
        event["description"] for event in _of_type(events, ORDER) if event["coupon"] == "Yes"
    )
    return [
        (menu, orders[menu], coupons[menu], share(coupons[menu], orders[menu]))
        for menu in sorted(orders)
    ]


def conversion_by_menu(events: Sequence[Event]) -> list[AnswerRow]:
    """Count searches and orders of each menu, and compute orders per search."""
    searches = Counter(event["description"] for event in _of_type(events, "menu_search"))
    orders = Counter(event["description"] for event in _of_type(events, ORDER))
    return [
        (menu, searches[menu], orders[menu], share(orders[menu], searches[menu]))
        for menu in sorted(searches.keys() | orders.keys())
    ]


def top_raters(events: Sequence[Event]) -> list[AnswerRow]:
    """Return the five users who rated most, equals in the order of their ids."""
    return _most_first(Counter(event["uid"] for event in _of_type(events, "post_rating")))[:5]


DESCRIPTION = itemgetter("description")
"""A menu's name or a number of stars, by the type of the event."""


def _hour(event: Event) -> int:
    return int(event["event_timestamp"][11:13])


def _month(event: Event) -> str:
    """Return the year and the month, as 2019-03."""
    return event["event_timestamp"][:7]


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
        ("menu", "coupon", "orders"), partial(count_by, ORDER, (DESCRIPTION, itemgetter("coupon")))
    ),
    "3_orders_by_hour": Question(("hour", "orders"), partial(count_by, ORDER, (_hour,))),
    "3_orders_by_menu_and_hour": Question(
        ("menu", "hour", "orders"), partial(count_by, ORDER, (DESCRIPTION, _hour))
    ),
    "4_logins_by_hour": Question(("hour", "logins"), partial(count_by, "login", (_hour,))),
    "5_profiles_by_month": Question(
        ("month", "profiles"), partial(count_by, "create_profile", (_month,))
    ),
    "6_conversion_by_menu": Question(
        ("menu", "searches", "orders", "conversion"), conversion_by_menu
    ),
    "7_ratings_by_stars": Question(
        ("stars", "ratings"), partial(count_by, "post_rating", (DESCRIPTION,))
    ),
    "8_top_raters": Question(("uid", "ratings"), top_raters),
}
"""By the name of the query's file."""


def share(part: int, whole: int) -> float | None:
    """Return `part` of `whole`, rounded as Presto's `round(double, 3)` does.

    Returns None where `whole` is 0. Presto computes Math.round(x * 1000) / 1000.0, a half upwards
    (MathFunctions.round of Presto 0.287). Python's own `round` uses the exact value of x, and
    rounds a half to the even digit.
    """
    if not whole:
        return None
    scaled = part / whole * 1000.0
    # Exactly: for the largest number below 0.5, adding 0.5 in floating point gives 1.
    return math.floor(Fraction(scaled) + Fraction(1, 2)) / 1000.0


def compare(given: Sequence[Answer], events: Sequence[Event]) -> list[Answer]:
    """Return the answers with their differences from those computed from the events.

    An answer to a query that is not in QUESTIONS is returned unchanged.
    """
    return [_compared(answer, events) for answer in given]


def check(compared: Iterable[Answer]) -> tuple[Check, ...]:
    """Check that each answer has no difference."""
    return tuple(
        checks.create_check(
            f"differences in the answer to {answer.query}",
            "0" if answer.differences is not None else "not known",
            checks.format_list(answer.differences or (), separator="; "),
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


def _columns(expected: TextRow, found: TextRow) -> Iterator[str]:
    if expected != found:
        yield f"columns: {checks.format_difference(expected, found)}"


def _differences(expected: Sequence[TextRow], found: Sequence[TextRow]) -> Iterator[str]:
    """Yield a line for each row that differs; a missing or added row does not shift the rest."""
    matcher = SequenceMatcher(None, expected, found, autojunk=False)
    for kind, first, end, other, other_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        pairs = zip_longest(expected[first:end], found[other:other_end])
        for number, (ours, theirs) in enumerate(pairs, 1):
            place = first + number if ours is not None else other + number
            yield f"row {place}: expected {_shown(ours)}, found {_shown(theirs)}"


def _shown(row: TextRow | None) -> str:
    return "no such row" if row is None else checks.format_value(row)


def _text(row: AnswerRow) -> TextRow:
    return tuple(None if value is None else str(value) for value in row)


def _of_type(events: Iterable[Event], event_type: EventType) -> list[Event]:
    return [event for event in events if event["event_type"] == event_type]


def _most_first(counts: Counter[str]) -> list[AnswerRow]:
    return [(name, counts[name]) for name in sorted(counts, key=lambda name: (-counts[name], name))]
