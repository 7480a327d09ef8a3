"""The types of events."""

from typing import Final, Literal, get_args

EventType = Literal[
    "default",
    "new_user",
    "login",
    "create_profile",
    "menu_search",
    "order_food",
    "post_review",
    "post_rating",
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

ORDER: Final = "order_food"
"""The type that has a price and a coupon, and a table of its own."""
