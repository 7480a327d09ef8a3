"""A micro-batch into the tables: staged, renamed, and written to the commit log."""

import re
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from pyspark.sql import DataFrame

from contract import commit_log, failpoints
from contract.paths import TABLE_FOLDERS
from streaming.failpoint import Failpoint
from streaming.filesystem import FileSystem
from streaming.log import CommitLog
from streaming.recovery import Position
from streaming.stage import StagedCounts

STAGED = re.compile(r"/table=(?P<table>\w+)/partition=(?P<partition>\d+)/[^/]+\.parquet$")


class CommitError(RuntimeError):
    """The staged files are not what Kafka holds; none of them may be committed."""


class StagingArea(Protocol):
    """The folder that a batch is written to before it is committed; see `streaming.stage`."""

    @property
    def folder(self) -> str:
        """Return the folder that all staged files are under."""

    def write(self, rows: DataFrame, following: Mapping[int, int]) -> StagedCounts:
        """Write the rows whose offsets are not below `following`, and count them."""


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
        log: CommitLog,
        stage: StagingArea,
        topic_id: str,
        position: Position,
        failpoint: Failpoint | None = None,
    ) -> None:
        self._filesystem = filesystem
        self._log = log
        self._stage = stage
        self._topic_id = topic_id
        self._sequence = position.sequence
        self._following = dict(position.offsets)
        self._failpoint = failpoint
        self._lock = threading.Lock()
        self._closed = False

    def commit(self, rows: DataFrame) -> None:
        """Put the rows that `classify` made of a batch into the tables, or raise CommitError."""
        with self._lock:
            if self._closed:
                return
            counts = self._stage.write(rows, self._following)
            _check(counts, self._following)
            if counts.total:
                self._reach("staged")
                files = self._publish(counts)
                self._reach("renamed")
                self._append(counts.extents, files)
                self._reach("logged")
            self._filesystem.remove(self._stage.folder)

    def warm_up(self, rows: DataFrame) -> None:
        """Stage rows and drop them: the first batch then finds their code compiled."""
        self._stage.write(rows, {})
        self._filesystem.remove(self._stage.folder)

    def close(self) -> None:
        """Wait for the commit that is under way; nothing is committed afterwards."""
        with self._lock:
            self._closed = True

    def _reach(self, name: failpoints.FailpointName) -> None:
        if self._failpoint:
            self._failpoint.reach(name)

    def _publish(self, counts: StagedCounts) -> list[commit_log.TableFile]:
        """Rename the staged files into the tables, where they are visible at once and whole."""
        staged = staged_files(self._filesystem.list(self._stage.folder))
        if staged.keys() != counts.rows.keys():
            raise CommitError(f"staged {sorted(staged)}, but counted {dict(counts.rows)}")
        files = []
        for (table, partition), source in sorted(staged.items()):
            first, last = counts.extents[partition].first, counts.extents[partition].last
            path = f"{TABLE_FOLDERS[table]}/p{partition}-{first:020}-{last:020}.parquet"
            self._filesystem.rename(source, path)
            rows = counts.rows[table, partition]
            files.append(commit_log.TableFile(path, table, partition, first, last, rows))
        return files

    def _append(
        self, offsets: Mapping[int, commit_log.OffsetRange], files: Sequence[commit_log.TableFile]
    ) -> None:
        now_ms = time.time_ns() // 1_000_000
        commit = commit_log.Commit(self._sequence, self._topic_id, now_ms, offsets, files)
        self._log.append(commit, self._stage.folder)
        self._sequence += 1
        self._following |= {partition: extent.last + 1 for partition, extent in offsets.items()}


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


def _check(counts: StagedCounts, following: Mapping[int, int]) -> None:
    """Raise CommitError where offsets are missing, or rows are of a partition that is new."""
    for partition, extent in counts.extents.items():
        rows = sum(count for (_, of), count in counts.rows.items() if of == partition)
        if rows != extent.last - extent.first + 1:
            raise CommitError(f"partition {partition}: {rows} rows in {extent}")
        if extent.first != following.get(partition, extent.first):
            raise CommitError(f"partition {partition}: {extent} after {following[partition] - 1}")
    if counts.total != sum(counts.rows.values()):
        raise CommitError(f"{counts.total} rows, but of known partitions {dict(counts.rows)}")
