"""The commit log: which files are in the tables, and up to which offsets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from streaming.filesystem import FileSystem

COMMITS = "/menu_app/commits"


class LogError(RuntimeError):
    """The commit log is damaged, or is not what this job can go on from."""


@dataclass(frozen=True)
class Range:
    """The offsets of one Kafka partition in a batch, both ends inclusive."""

    first: int
    last: int


@dataclass(frozen=True)
class TableFile:
    """One committed Parquet file; `first` and `last` are those of the batch in the partition."""

    path: str
    table: str
    partition: int
    first: int
    last: int
    rows: int


@dataclass(frozen=True)
class Commit:
    """One batch in the tables. `committed_ms`: Unix time after its last file was renamed."""

    sequence: int
    topic_id: str
    committed_ms: int
    offsets: Mapping[int, Range]
    files: Sequence[TableFile]

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Commit:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        offsets = {int(partition): Range(**r) for partition, r in fields["offsets"].items()}
        files = [TableFile(**file) for file in fields["files"]]
        return cls(**{**fields, "offsets": offsets, "files": files})


class CommitLog:
    """The log's folder: one file a commit, numbered without a gap, visible by rename."""

    def __init__(self, filesystem: FileSystem) -> None:
        self._filesystem = filesystem

    def read(self) -> list[Commit]:
        """Return all commits, in order; raise LogError where one is missing or unreadable."""
        commits = []
        paths = sorted(self._filesystem.list(COMMITS))
        for sequence, path in enumerate(paths):
            if path != _path(sequence):
                raise LogError(f"the commit log has {path} where {_path(sequence)} should be")
            try:
                commits.append(Commit.from_json(self._filesystem.read(path)))
            except (ValueError, KeyError, TypeError) as error:
                raise LogError(f"the commit log's {path} cannot be read: {error!r}") from error
        return commits

    def append(self, commit: Commit, staging: str) -> None:
        """Add a commit, which is written in the folder `staging` first."""
        draft = f"{staging}/commit.json"
        self._filesystem.write(draft, commit.to_json())
        self._filesystem.rename(draft, _path(commit.sequence))


def _path(sequence: int) -> str:
    return f"{COMMITS}/{sequence:010}.json"
