"""The tables, and which events belong into which."""

from __future__ import annotations

from typing import NamedTuple

EVENTS = "menu_app_events"
ORDERS = "menu_app_orders"
DEAD_LETTERS = "menu_app_dead_letters"
TABLES = (EVENTS, ORDERS, DEAD_LETTERS)

FOLDER = "/tmp"
"""Where the tables' folders are on HDFS."""


class Row(NamedTuple):
    """A row of a table; of one that the app never sent, type and id may be anything or nothing."""

    table: str
    event_type: str | None
    event_id: str | None


def of(event_type: str) -> str:
    """The table that events of this type go to."""
    return ORDERS if event_type == "order_food" else EVENTS
