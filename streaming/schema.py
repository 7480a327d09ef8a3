"""The tables, the types of events, and the shape of a message."""

from __future__ import annotations

from pyspark.sql.types import IntegerType, StringType, StructField, StructType

EVENTS = "menu_app_events"
ORDERS = "menu_app_orders"
DEAD_LETTERS = "menu_app_dead_letters"
TABLES = (EVENTS, ORDERS, DEAD_LETTERS)

ORDER = "order_food"
EVENT_TYPES = (
    "default",
    "new_user",
    "login",
    "create_profile",
    "menu_search",
    ORDER,
    "post_review",
    "post_rating",
)

# A timestamp is read as text and parsed afterwards: from_json would also take a bare number.
MESSAGE = StructType(
    [
        *(
            StructField(key, StringType())
            for key in (
                "event_id",
                "event_type",
                "event_timestamp",
                "uid",
                "description",
                "coupon",
                "Accept",
                "Host",
                "User-Agent",
            )
        ),
        StructField("price", IntegerType()),
    ]
)
"""The keys of a message that become columns; others stay in `raw_event` only."""

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
"""The columns of every Parquet file: one job writes all tables, so a file has the columns of
each, and those that are not its table's are NULL throughout (some bytes a file)."""
