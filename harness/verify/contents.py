"""Every column of every row, compared with its event: finds changes that no query shows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from app.event import Event
from contract.tables import DEAD_LETTERS
from harness.record.models import Check
from harness.verify import checks, parquet
from harness.verify.expected_events import Events

FIELDS = tuple(name for name in Event.__annotations__ if name != "event_id")
"""The columns that are compared. Headers are the client's, and in no event of the app."""


def check(files: Iterable[parquet.StoredFile], begun: Events) -> Check:
    """Check that each row agrees with its event, in its columns and in `raw_event`.

    Rows of events that the app never began are left to the count ladder.
    """
    differing = sorted(
        line
        for file in files
        if file.table != DEAD_LETTERS
        for line in _differing_rows(file, begun)
    )
    found = checks.format_list(differing, separator="; ")
    return checks.create_check("rows that hold something else than their event", "0", found)


def _differing_rows(file: parquet.StoredFile, begun: Events) -> Iterator[str]:
    """Yield a line for each row that differs from its event, with the columns."""
    columns = [file.data[name] for name in ("event_id", "raw_event", *FIELDS)]
    texts = [
        _as_text(column) if pa.types.is_timestamp(column.type) else column for column in columns
    ]
    for event_id, raw_event, *row in zip(*(column.to_pylist() for column in texts), strict=True):
        event = begun.get(event_id)
        if event is None:
            continue
        message = _parse_message(raw_event)
        if row != [event.get(name) for name in FIELDS] or not event.items() <= message.items():
            yield f"{event_id} ({', '.join(_differences(event, row, message))})"


def _as_text(stamps: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return UTC timestamps as the app writes them; a fraction, which it never writes, stays."""
    local = stamps.cast(pa.timestamp(stamps.type.unit)).cast(pa.string())
    return pc.replace_substring_regex(local, r"\.0+$", "")


def _parse_message(raw_event: str | None) -> dict[str, object]:
    """Return the message's keys and values, none if it is no JSON object."""
    try:
        message = orjson.loads(raw_event or "")
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _differences(
    event: Event, row: Sequence[object], message: Mapping[str, object]
) -> Iterator[str]:
    """Yield a text for each column, and each key of the message, that differs."""
    in_columns = ((name, event.get(name), value) for name, value in zip(FIELDS, row, strict=True))
    in_message = ((f"raw_event's {key}", value, message.get(key)) for key, value in event.items())
    for name, expected, found in (*in_columns, *in_message):
        if expected != found:
            yield f"{name}: {checks.format_difference(expected, found)}"
