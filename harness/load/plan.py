"""The plan: which calls make up the load, in which order."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.route import ROUTES
from harness import config

HOST = "user1.comcast.com"
"""The header `Host` of every request."""

_ROUTES = {route.path: route for route in ROUTES.values()}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the load tool: `requests` GETs of `path`, which is a route and its argument."""

    path: str
    requests: int
    route: str
    event_type: str


def calls(load: config.Load) -> tuple[Call, ...]:
    """The calls of plan.toml in their order, as often as `load` says.

    `requests_per_call` is the number of each. Without it `fraction` of each call's own number is
    sent, rounded to the nearest whole number, a half upwards, and at least 1.
    """
    text = Path(__file__).with_name("plan.toml").read_text(encoding="utf-8")
    return tuple(_call(load, **entry) for entry in tomllib.loads(text)["call"])


def _call(load: config.Load, path: str, requests: int) -> Call:
    route = _ROUTES[urlsplit(path).path]
    share = max(1, int(requests * load.fraction + 0.5))
    return Call(path, load.requests_per_call or share, route.name, route.event_type)
