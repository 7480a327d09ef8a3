"""The commit log: which files are in the tables, and up to which offsets."""

from contract.commit_log import Commit, DamagedCommit
from contract.paths import COMMITS
from streaming.filesystem import FileSystem


class LogError(RuntimeError):
    """The commit log is damaged, or belongs to another topic."""


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
            except DamagedCommit as error:
                raise LogError(f"the commit log's {path} cannot be read: {error}") from error
        return commits

    def append(self, commit: Commit, staging: str) -> None:
        """Add a commit, which is written in the folder `staging` first."""
        draft = f"{staging}/commit.json"
        self._filesystem.write(draft, commit.to_json())
        self._filesystem.rename(draft, _path(commit.sequence))


def _path(sequence: int) -> str:
    return f"{COMMITS}/{sequence:010}.json"
