"""The nine HTTP routes, and the pools that their events are drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from contract.events import EventType

ACTIVE_UIDS = tuple(f"A{number:05d}" for number in range(1_000))
IDLE_UIDS = tuple(f"A{number:05d}" for number in range(1_000, 10_000))
DEVICES = ("Apple iPhone", "Android Device", "PC", "Apple Mac", "Raspberry Pi")
FOODS = ("Mexican", "Thai", "Pizza", "American", "BBQ", "No Preference")

_TASTES = ("sweet", "spicy", "salty", "smoky", "crispy", "tangy", "mellow", "hungry")
_DISHES = ("taco", "curry", "noodle", "waffle", "burrito", "falafel", "pretzel", "dumpling")
USER_NAMES = tuple(
    f"{taste}_{dish}{number:02d}" for taste, dish, number in product(_TASTES, _DISHES, range(100))
)


@dataclass(frozen=True, slots=True)
class Route:
    """A route: its `name` begins the ids of its events.

    An event draws its uid from `uids` and its description from `descriptions`. Without `uids` the
    uids are a sequence; with `argument`, a query parameter, its text is the description.
    """

    name: str
    path: str
    event_type: EventType
    uids: Sequence[str] = ()
    descriptions: Sequence[str] = ()
    argument: str | None = None
    priced: bool = False


_ALL = (
    Route("default", "/", "default", ("na",), ("default",)),
    Route("new_user", "/new_user", "new_user", (), USER_NAMES),
    Route("login", "/login", "login", ACTIVE_UIDS, DEVICES),
    Route("login0", "/login0", "login", IDLE_UIDS, DEVICES),
    Route("create_profile", "/create_profile", "create_profile", ACTIVE_UIDS, FOODS),
    Route("menu_search", "/menu_search", "menu_search", ACTIVE_UIDS, argument="menu"),
    Route("order_food", "/order_food", "order_food", ACTIVE_UIDS, argument="menu", priced=True),
    Route("post_review", "/post_review", "post_review", ACTIVE_UIDS, argument="review"),
    Route("post_rating", "/post_rating", "post_rating", ACTIVE_UIDS, argument="stars"),
)
ROUTES = {route.name: route for route in _ALL}
