"""The content of an event: a pure function of the seed, the route and the index."""

import struct
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from typing import NotRequired, TypedDict

import orjson

from app.route import ROUTES, Route
from contract.events import EventType

_YEAR = 2019
_SATURDAY = 5
_HOUR_WEIGHTS = {**dict.fromkeys((*range(10, 17), 21), 1), 17: 5, 18: 5, 19: 10, 20: 5}


def _weighted_days(month: int) -> tuple[str, ...]:
    """Return each day of the month as text, a Saturday or Sunday six times."""
    days = (date(_YEAR, month, day) for day in range(1, monthrange(_YEAR, month)[1] + 1))
    return tuple(str(day) for day in days for _ in range(6 if day.weekday() >= _SATURDAY else 1))


_MONTHS = tuple(_weighted_days(month) for month in range(1, 7))
_HOURS = tuple(str(hour) for hour, weight in _HOUR_WEIGHTS.items() for _ in range(weight))
_MINUTES = tuple(f"{minute:02d}:{second:02d}" for minute in range(60) for second in range(60))

# One 32-bit draw a choice: taken modulo at most 9,000, its bias is below 3 in a million.
_DRAWS = struct.Struct("<8I")


class Event(TypedDict):
    """An event's own keys; only an order has a price (10 to 50) and a coupon (`Yes` or `No`)."""

    event_id: str
    event_type: EventType
    uid: str
    description: str
    event_timestamp: str
    price: NotRequired[int]
    coupon: NotRequired[str]


def create_event(seed: int, route: Route, index: int, argument: str | None) -> Event:
    """Create the event number `index` of a route; `argument` is its query parameter.

    The same arguments give the same event in any process: the draws are a keyed hash of its id.
    """
    event_id = f"{route.name}-{index:06d}"
    key = seed.to_bytes(8, "big")
    digest = blake2b(event_id.encode(), key=key, digest_size=_DRAWS.size).digest()
    who, what, month, day, hour, minute, price, coupon = _DRAWS.unpack(digest)
    days = _MONTHS[month % len(_MONTHS)]
    if argument is None:
        argument = route.descriptions[what % len(route.descriptions)]
    event: Event = {
        "event_id": event_id,
        "event_type": route.event_type,
        "uid": route.uids[who % len(route.uids)] if route.uids else f"A{index:05d}",
        "description": argument,
        "event_timestamp": (
            f"{days[day % len(days)]} {_HOURS[hour % len(_HOURS)]}:{_MINUTES[minute % 3_600]}"
        ),
    }
    if route.priced:
        event["price"] = 10 + price % 41
        event["coupon"] = "No" if coupon % 4 else "Yes"
    return event


def recreate_event(seed: int, event_id: str, argument: str | None) -> Event:
    """Recreate an event from its id, the seed and the argument in the ledger.

    Raises ValueError for a text that is no event id.
    """
    name, _, index = event_id.rpartition("-")
    if name not in ROUTES or not index.isdecimal():
        raise ValueError(f"{event_id!r} is no event id")
    return create_event(seed, ROUTES[name], int(index), argument)


def encode_event(event: Event, headers: Mapping[str, str]) -> bytes:
    """Return the message for Kafka: one JSON object, in which no header replaces an own key."""
    return orjson.dumps({**headers, **event})
