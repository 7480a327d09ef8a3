"""Events as the streaming job stores them: rows of a table's file."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from app import event
from app.event import Event
from contract import tables
from contract.paths import TABLE_FOLDERS
from harness.verify import parquet
from harness.verify.parquet import StoredFile

HEADERS = {"Host": "user1.comcast.com", "User-Agent": "ab", "Accept": "*/*"}
SCHEMA = pa.schema(
    [
        ("kafka_timestamp", pa.timestamp("us", tz="UTC")),
        ("event_timestamp", pa.timestamp("us", tz="UTC")),
        ("price", pa.int32()),
        ("kafka_partition", pa.int32()),
        ("kafka_offset", pa.int64()),
        *(
            (name, pa.string())
            for name in ("raw_event", "coupon", "description", "event_type", "uid", "event_id")
        ),
    ]
)


def row(made: Event, **changes: Any) -> dict[str, Any]:
    """The row of one event, with some of its columns changed."""
    stamp = datetime.fromisoformat(made["event_timestamp"]).replace(tzinfo=UTC)
    raw_event = event.encode_event(made, HEADERS).decode()
    return {**made, "event_timestamp": stamp, "raw_event": raw_event, **changes}


def file(rows: Sequence[dict[str, Any]], table: str = tables.EVENTS) -> StoredFile:
    """A file of the rows."""
    data = pa.Table.from_pylist(rows, schema=SCHEMA).select(parquet.COLUMNS)
    return StoredFile(f"{TABLE_FOLDERS[table]}/file", table, data.nbytes, data)


def files(events: Iterable[Event]) -> list[StoredFile]:
    """A file for each of the two tables of events."""
    rows: dict[str, list[dict[str, Any]]] = {tables.EVENTS: [], tables.ORDERS: []}
    for made in events:
        rows[tables.table_of(made["event_type"])].append(row(made))
    return [file(of_table, table) for table, of_table in rows.items()]
