"""What the rows hold, beside what their events hold: a change that no query looks at is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from app.event import Event
from contract.tables import DEAD_LETTERS
from harness.record.models import Check
from harness.verify import checks
from harness.verify.expected import Events
from harness.verify.parquet import TableFile

FIELDS = tuple(name for name in Event.__annotations__ if name != "event_id")
"""What an event holds but its id; headers are the client's, and only in `raw_event`."""


def check(files: Iterable[TableFile], begun: Events) -> Check:
    """That every row of an event holds what the event does, in its columns and in `raw_event`.

    A row of an event that the app never began is for the ladder to name.
    """
    amiss = sorted(
        line for file in files if file.table != DEAD_LETTERS for line in _amiss(file, begun)
    )
    found = checks.listed(amiss, separator="; ")
    return checks.check("rows that hold something else than their event", "0", found)


def _amiss(file: TableFile, begun: Events) -> Iterator[str]:
    """A line for each row that holds something else, with the columns that do."""
    columns = [file.data[name] for name in ("event_id", "raw_event", *FIELDS)]
    texts = [
        _as_text(column) if pa.types.is_timestamp(column.type) else column for column in columns
    ]
    for event_id, raw_event, *row in zip(*(column.to_pylist() for column in texts), strict=True):
        made = begun.get(event_id)
        if made is None:
            continue
        message = _parsed(raw_event)
        if row != [made.get(name) for name in FIELDS] or not made.items() <= message.items():
            yield f"{event_id} ({', '.join(_differences(made, row, message))})"


def _as_text(stamps: pa.ChunkedArray) -> pa.ChunkedArray:
    """Timestamps in UTC as the app writes them; it writes no fraction, so one stays to be seen."""
    local = stamps.cast(pa.timestamp(stamps.type.unit)).cast(pa.string())
    return pc.replace_substring_regex(local, r"\.0+$", "")


def _parsed(raw_event: str | None) -> dict[str, object]:
    """The message's keys and values; none where it is no JSON object."""
    try:
        message = orjson.loads(raw_event or "")
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _differences(
    made: Event, row: Sequence[object], message: Mapping[str, object]
) -> Iterator[str]:
    """The columns, and the keys of the message, that hold something else."""
    in_columns = ((name, made.get(name), value) for name, value in zip(FIELDS, row, strict=True))
    in_message = ((f"raw_event's {key}", value, message.get(key)) for key, value in made.items())
    for name, expected, found in (*in_columns, *in_message):
        if expected != found:
            yield f"{name}: expected {checks.shown(expected)}, found {checks.shown(found)}"
