"""The line of the commit log: one micro-batch, its offsets and its files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass


class DamagedCommit(ValueError):
    """A text that is not a line of the commit log."""


@dataclass(frozen=True, slots=True)
class OffsetRange:
    """The offsets of one Kafka partition in a batch, both ends inclusive."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class TableFile:
    """One committed Parquet file; `first` and `last` are those of the batch in the partition."""

    path: str
    table: str
    partition: int
    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class Commit:
    """One batch in the tables. `committed_ms`: Unix time after its last file was renamed."""

    sequence: int
    topic_id: str
    committed_ms: int
    offsets: Mapping[int, OffsetRange]
    files: Sequence[TableFile]

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Commit":
        """Read a line that `to_json` wrote.

        Raises DamagedCommit for a field that is missing, unknown or of another type.
        """
        try:
            return _parse_commit(json.loads(text))
        except ValueError as error:
            raise DamagedCommit(str(error)) from error


def _parse_commit(fields: object) -> Commit:
    match fields:
        case {
            "sequence": int(sequence),
            "topic_id": str(topic_id),
            "committed_ms": int(committed_ms),
            "offsets": dict(offsets),
            "files": list(files),
            **unknown,
        } if not unknown:
            ranges = {int(partition): _parse_range(extent) for partition, extent in offsets.items()}
            return Commit(sequence, topic_id, committed_ms, ranges, [*map(_parse_file, files)])
    raise ValueError(f"not a commit: {fields!r:.200}")


def _parse_range(fields: object) -> OffsetRange:
    match fields:
        case {"first": int(first), "last": int(last), **unknown} if not unknown:
            return OffsetRange(first, last)
    raise ValueError(f"not a range of offsets: {fields!r:.200}")


def _parse_file(fields: object) -> TableFile:
    match fields:
        case {
            "path": str(path),
            "table": str(table),
            "partition": int(partition),
            "first": int(first),
            "last": int(last),
            "rows": int(rows),
            **unknown,
        } if not unknown:
            return TableFile(path, table, partition, first, last, rows)
    raise ValueError(f"not a file of a table: {fields!r:.200}")
