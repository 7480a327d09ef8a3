"""The rows that Presto and the Parquet files return, as they are compared with events."""

from typing import NamedTuple


class StoredRow(NamedTuple):
    """A row of a table. Where the app never sent it, type and id may be anything or None."""

    table: str
    event_type: str | None
    event_id: str | None
