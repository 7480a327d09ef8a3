"""The tables, their columns, and which events each table holds."""

from contract.events import ORDER

EVENTS = "menu_app_events"
ORDERS = "menu_app_orders"
DEAD_LETTERS = "menu_app_dead_letters"
EVENT_TABLES = (EVENTS, ORDERS)
TABLES = (*EVENT_TABLES, DEAD_LETTERS)

COLUMNS = (
    "raw_event",
    "kafka_timestamp",
    "accept",
    "host",
    "user_agent",
    "coupon",
    "description",
    "event_timestamp",
    "event_type",
    "price",
    "uid",
    "event_id",
    "kafka_partition",
    "kafka_offset",
    "reason",
    "message",
)
"""The columns of every Parquet file. One Spark job writes all tables, so a file has the columns of
each table. Columns of another table are NULL throughout, at a cost of some bytes a file."""


def table_of(event_type: str) -> str:
    """Return the table that holds events of this type."""
    return ORDERS if event_type == ORDER else EVENTS
