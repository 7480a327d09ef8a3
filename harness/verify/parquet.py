"""The rows of the tables' Parquet files, read from HDFS without Presto."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from contract import paths, tables
from harness.engines.files import Files
from harness.errors import InvalidRun
from harness.verify.count_ladder import StoredRow

UNREAD = frozenset({"accept", "host", "user_agent", "reason", "message"})
COLUMNS = [name for name in tables.COLUMNS if name not in UNREAD]
"""The columns that are read. Headers are in `raw_event` too, and dead letters are only counted."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A Parquet file of a table: its path, its size and its rows, with the columns `COLUMNS`."""

    path: str
    table: str
    size_bytes: int
    data: pa.Table


@dataclass(frozen=True, slots=True)
class CommittedLatency:
    """The committed latency: the time from Kafka's time stamp until the event's file was visible.

    `by_table` has one value in milliseconds for each event whose file is in the commit log and
    that has a time stamp; the others are counted in `unknown`. Both times are whole milliseconds
    of this machine's clock; values below 0 stay as they are.
    """

    by_table: Mapping[str, NDArray[np.int64]]
    unknown: int


def read(hdfs: Files) -> list[StoredFile]:
    """Read all files of the three tables.

    Raises InvalidRun for a file that is no Parquet file or lacks a column, and ServiceFailed when
    HDFS does not answer.
    """
    places = [
        (table, path)
        for table, folder in paths.TABLE_FOLDERS.items()
        for path in hdfs.files(folder)
        # Presto skips these names too: such files are somebody's work in progress.
        if not path.rpartition("/")[2].startswith((".", "_"))
    ]
    contents = hdfs.read_all(path for _, path in places)
    return [
        StoredFile(path, table, len(content), _parse(path, content))
        for (table, path), content in zip(places, contents, strict=True)
    ]


def list_rows(files: Iterable[StoredFile]) -> list[StoredRow]:
    """Return the rows of all files."""
    return [
        StoredRow(file.table, event_type, event_id)
        for file in files
        for event_type, event_id in zip(
            file.data["event_type"].to_pylist(), file.data["event_id"].to_pylist(), strict=True
        )
    ]


def count_messages(files: Iterable[StoredFile]) -> int:
    """Count the different Kafka messages that the rows of all files come from."""
    return len(
        {
            message
            for file in files
            for message in zip(
                file.data["kafka_partition"].to_pylist(),
                file.data["kafka_offset"].to_pylist(),
                strict=True,
            )
        }
    )


def sum_event_bytes(files: Iterable[StoredFile]) -> int:
    """Return the size of the files of the two tables of events, replicas not counted."""
    return sum(file.size_bytes for file in files if file.table != tables.DEAD_LETTERS)


def measure_latency(
    files: Iterable[StoredFile], committed_ms: Mapping[str, int]
) -> CommittedLatency:
    """Return the committed latency of every event; `committed_ms` is the commit log's, by path."""
    latencies = {table: [np.empty(0, np.int64)] for table in tables.EVENT_TABLES}
    unknown = 0
    for file in files:
        if file.table not in latencies:
            continue
        if file.path not in committed_ms:
            unknown += len(file.data)
            continue
        stamps = file.data["kafka_timestamp"]
        unknown += stamps.null_count
        stamped = stamps.drop_null().to_numpy().astype("datetime64[ms]").astype(np.int64)
        latencies[file.table].append(committed_ms[file.path] - stamped)
    by_table = {table: np.concatenate(values) for table, values in latencies.items()}
    return CommittedLatency(by_table, unknown)


def _parse(path: str, content: bytes) -> pa.Table:
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        # Taking the columns afterwards makes one that is not there an error.
        return file.read(columns=COLUMNS, use_threads=False).select(COLUMNS)
    except (pa.ArrowInvalid, KeyError) as error:
        raise InvalidRun(f"{path} is no Parquet file of a table.", why=str(error)) from error
