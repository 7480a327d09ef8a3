"""A micro-batch into the tables: staged, renamed, and written to the commit log."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from streaming.filesystem import FileSystem
from streaming.log import Commit, CommitLog, Range, TableFile
from streaming.recovery import STAGING, Position, table_folder
from streaming.schema import TABLES
from streaming.topic import Topic

STAGED = re.compile(r"/table=(?P<table>\w+)/partition=(?P<partition>\d+)/[^/]+\.parquet$")


class CommitError(RuntimeError):
    """What was staged is not what was to be read; nothing of it may be committed."""


class Committer:
    """Commits batches one after the other, each message once.

    A batch is in the tables when its line is in the commit log. A process that dies before that
    leaves files that the next start removes, and messages that the next start reads again; one
    that dies after it has left nothing to do. A message below the log's next offset is a
    replayed one, and is not written again.
    """

    def __init__(
        self,
        filesystem: FileSystem,
        uri: str,
        log: CommitLog,
        topic: Topic,
        position: Position,
    ) -> None:
        self._filesystem = filesystem
        self._log = log
        self._topic = topic
        self._sequence = position.sequence
        self._next = dict(position.offsets)
        # A name of its own: the JVM of a killed process may still be writing to the last one.
        self._staging = f"{STAGING}/{uuid.uuid4().hex}"
        self._target = uri + self._staging
        self._metrics = _metrics(topic.partitions)
        self._lock = threading.Lock()
        self._closed = False

    def commit(self, rows: DataFrame) -> None:
        """Put the rows that `classify` made of a batch into the tables, or raise CommitError."""
        with self._lock:
            if self._closed:
                return
            metrics = self._stage(rows)
            offsets = offset_ranges(metrics, self._topic.partitions, self._next)
            if offsets:
                self._append(offsets, self._publish(metrics, offsets))
            self._filesystem.remove(self._staging)

    def rehearse(self, rows: DataFrame) -> None:
        """Stage rows and drop them, so that the first batch finds a warm JVM."""
        self._stage(rows)
        self._filesystem.remove(self._staging)

    def close(self) -> None:
        """Wait for the commit that is under way, if any; nothing is committed afterwards."""
        with self._lock:
            self._closed = True

    def _stage(self, rows: DataFrame) -> dict[str, int]:
        """Write the batch in one Spark job; return what that job counted."""
        observation = Observation()
        (
            rows.where(_is_new(self._next))
            .observe(observation, *self._metrics)
            .write.partitionBy("table", "partition")
            .parquet(self._target)
        )
        return observation.get

    def _publish(self, metrics: Mapping[str, int], offsets: Mapping[int, Range]) -> list[TableFile]:
        """Rename the staged files into the tables, where they are visible at once and whole."""
        staged = staged_files(self._filesystem.list(self._staging))
        rows = {
            (table, partition): metrics[_rows(table, partition)]
            for table in TABLES
            for partition in offsets
        }
        if staged.keys() != {key for key, count in rows.items() if count}:
            raise CommitError(f"staged {sorted(staged)}, but counted the rows {rows}")
        files = []
        for (table, partition), source in sorted(staged.items()):
            extent = offsets[partition]
            name = f"p{partition}-{extent.first:020}-{extent.last:020}.parquet"
            path = f"{table_folder(table)}/{name}"
            self._filesystem.rename(source, path)
            files.append(
                TableFile(path, table, partition, extent.first, extent.last, rows[table, partition])
            )
        return files

    def _append(self, offsets: Mapping[int, Range], files: Sequence[TableFile]) -> None:
        now_ms = time.time_ns() // 1_000_000
        commit = Commit(self._sequence, self._topic.id, now_ms, offsets, files)
        self._log.append(commit, self._staging)
        self._sequence += 1
        self._next |= {partition: extent.last + 1 for partition, extent in offsets.items()}


def offset_ranges(
    metrics: Mapping[str, int], partitions: Sequence[int], following: Mapping[int, int]
) -> dict[int, Range]:
    """Return the offsets of a batch by Kafka partition, from what its Spark job counted.

    Raises CommitError where offsets are missing inside the batch or between it and the last
    one (`following`), and where rows came from a partition that is not in `partitions`.
    """
    ranges = {}
    for partition in partitions:
        rows = sum(metrics[_rows(table, partition)] for table in TABLES)
        if not rows:
            continue
        extent = Range(metrics[_first(partition)], metrics[_last(partition)])
        if extent.last - extent.first + 1 != rows:
            raise CommitError(f"partition {partition}: {rows} rows in {extent}")
        if extent.first != following.get(partition, extent.first):
            raise CommitError(f"partition {partition}: {extent} after {following[partition] - 1}")
        ranges[partition] = extent
    unknown = metrics["rows"] - sum(r.last - r.first + 1 for r in ranges.values())
    if unknown:
        raise CommitError(f"{unknown} rows of partitions that were not there at the start")
    return ranges


def staged_files(paths: Iterable[str]) -> dict[tuple[str, int], str]:
    """Return staged Parquet files by table and Kafka partition; raise CommitError for two."""
    staged: dict[tuple[str, int], str] = {}
    for path in paths:
        match = STAGED.search(path)
        if not match:
            raise CommitError(f"staged, but not a table's file: {path}")
        key = match["table"], int(match["partition"])
        if key in staged:
            raise CommitError(f"two files for {key}: {staged[key]} and {path}")
        staged[key] = path
    return staged


def _is_new(following: Mapping[int, int]) -> Column:
    # The offsets are in a map, which generated code takes as an argument: as numbers in a
    # comparison they would change its text, and every batch would be compiled again.
    known = ", ".join(f"{partition}, {offset}L" for partition, offset in following.items())
    return F.expr(f"kafka_offset >= coalesce(try_element_at(map({known}), kafka_partition), 0L)")


def _metrics(partitions: Sequence[int]) -> list[Column]:
    metrics = [F.count(F.lit(1)).alias("rows")]
    for partition in partitions:
        here = F.col("partition") == partition
        offset = F.when(here, F.col("kafka_offset"))
        metrics.append(F.min(offset).alias(_first(partition)))
        metrics.append(F.max(offset).alias(_last(partition)))
        for table in TABLES:
            count = F.count_if(here & (F.col("table") == table))
            metrics.append(count.alias(_rows(table, partition)))
    return metrics


def _rows(table: str, partition: int) -> str:
    return f"rows in {table} from {partition}"


def _first(partition: int) -> str:
    return f"first of {partition}"


def _last(partition: int) -> str:
    return f"last of {partition}"
