"""The streaming job's commit log, as the harness reads it."""

from collections import Counter

from contract import commit_log, paths
from harness.engines.files import Files
from harness.errors import InvalidRun


class CommitLogReader:
    """The commits read so far. A file of the log never changes, so each is read once."""

    def __init__(self, hdfs: Files) -> None:
        self._hdfs = hdfs
        self._commits: dict[str, commit_log.Commit] = {}

    def refresh(self) -> None:
        """Read the lines that were added; raise InvalidRun for a damaged line."""
        new = [path for path in self._hdfs.files(paths.COMMITS) if path not in self._commits]
        for path, text in zip(new, self._hdfs.read_all(new), strict=True):
            try:
                self._commits[path] = commit_log.Commit.from_json(text)
            except commit_log.DamagedCommit as error:
                raise InvalidRun("The commit log is damaged.", why=f"{path}: {error}") from error

    def next_offsets(self) -> dict[int, int]:
        """Return the offset after the last committed one, by Kafka partition."""
        offsets: dict[int, int] = {}
        for commit in self._commits.values():
            for partition, extent in commit.offsets.items():
                offsets[partition] = max(offsets.get(partition, 0), extent.last + 1)
        return offsets

    def count_rows(self) -> Counter[str]:
        """Count the committed rows by table."""
        rows: Counter[str] = Counter()
        for commit in self._commits.values():
            for file in commit.files:
                rows[file.table] += file.rows
        return rows

    def rows_in_time(self) -> list[tuple[int, int]]:
        """Return the Unix time in milliseconds and the rows of each commit, in order of time."""
        return sorted(
            (commit.committed_ms, sum(file.rows for file in commit.files))
            for commit in self._commits.values()
        )

    def committed_ms(self) -> dict[str, int]:
        """Return the Unix time at which each file had become visible, by its path."""
        return {
            file.path: commit.committed_ms
            for commit in self._commits.values()
            for file in commit.files
        }
