"""The plan: which calls make up the load, in which order."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.route import ROUTES
from harness.config import model

HOST = "user1.comcast.com"
"""The header `Host` of every request."""

_ROUTES = {route.path: route for route in ROUTES.values()}


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call of the load tool: `requests` GETs of `path`, a route with its argument."""

    path: str
    requests: int
    route: str
    event_type: str


def read_calls(load: model.LoadSettings) -> tuple[PlannedCall, ...]:
    """Return the calls of load_plan.toml in their order, with the number of requests of each.

    The number is `load.requests_per_call`. Without it, the number is `load.fraction` of the call's
    own number, rounded to the nearest whole number, a half upwards, and at least 1.
    """
    text = Path(__file__).with_name("load_plan.toml").read_text(encoding="utf-8")
    return tuple(_call(load, **entry) for entry in tomllib.loads(text)["call"])


def _call(load: model.LoadSettings, path: str, requests: int) -> PlannedCall:
    route = _ROUTES[urlsplit(path).path]
    share = max(1, int(requests * load.fraction + 0.5))
    return PlannedCall(path, load.requests_per_call or share, route.name, route.event_type)
