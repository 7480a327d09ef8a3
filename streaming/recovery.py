"""The first step of a start: bring the tables to exactly what the commit log holds."""

from collections.abc import Iterable
from dataclasses import dataclass

from contract import commit_log, paths
from streaming.filesystem import FileSystem
from streaming.log import CommitLog, LogError


@dataclass(frozen=True)
class Position:
    """The next commit's number, and the next offset of each Kafka partition."""

    sequence: int
    offsets: dict[int, int]


def recover(filesystem: FileSystem, log: CommitLog, topic_id: str) -> Position:
    """Remove uncommitted files of a dead job, and return where it stopped.

    Staged files go, and files in the tables' folders that the log does not hold: a batch renamed
    them and never reached the log, so their messages will be read again. Raises LogError if a
    file that the log holds is gone, or if the log belongs to another topic.
    """
    filesystem.remove(paths.STAGING)
    for folder in (paths.STAGING, paths.COMMITS, *paths.TABLE_FOLDERS.values()):
        filesystem.create_folder(folder)
    commits = log.read()
    for commit in commits:
        if commit.topic_id != topic_id:
            raise LogError(
                f"commit {commit.sequence} is of the topic {commit.topic_id}, not {topic_id}: "
                "was the topic made anew, and the tables and their log kept?"
            )
    held = {file.path for commit in commits for file in commit.files}
    present = {path for folder in paths.TABLE_FOLDERS.values() for path in filesystem.list(folder)}
    if lost := held - present:
        raise LogError(f"{len(lost)} committed files are gone, the first is {min(lost)}")
    for path in present - held:
        filesystem.remove(path)
    return Position(len(commits), _next_offsets(commits))


def _next_offsets(commits: Iterable[commit_log.Commit]) -> dict[int, int]:
    offsets: dict[int, int] = {}
    for commit in commits:
        for partition, extent in commit.offsets.items():
            offsets[partition] = extent.last + 1
    return offsets
