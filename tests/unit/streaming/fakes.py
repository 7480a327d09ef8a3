"""A file system in memory, and a stage that needs no Spark."""

from collections.abc import Mapping
from typing import Any

from contract.commit_log import OffsetRange
from contract.paths import STAGING
from streaming.stage import StagedCounts

Message = tuple[str, int, int]
"""Table, Kafka partition, offset."""


class Killed(BaseException):
    """The process is gone: nothing in it can catch this."""


class MemoryFileSystem:
    """Files by path. The process is killed right before the change number `changes_left`."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.changes_left: int | None = None

    def list(self, folder: str) -> list[str]:
        return [path for path in self.files if path.startswith(f"{folder}/")]

    def create_folder(self, folder: str) -> None:
        self._change()

    def read(self, path: str) -> str:
        return self.files[path]

    def write(self, path: str, text: str) -> None:
        self._change()
        self.files[path] = text

    def rename(self, source: str, target: str) -> None:
        self._change()
        if source not in self.files or target in self.files:
            raise OSError(f"{source} to {target}")
        self.files[target] = self.files.pop(source)

    def remove(self, path: str) -> None:
        self._change()
        for file in [path, *self.list(path)]:
            self.files.pop(file, None)

    def _change(self) -> None:
        if self.changes_left is not None:
            if not self.changes_left:
                raise Killed
            self.changes_left -= 1


class MemoryStage:
    """A stage whose rows are messages; a staged file holds their offsets."""

    folder = f"{STAGING}/1"

    def __init__(self, filesystem: MemoryFileSystem) -> None:
        self._filesystem = filesystem

    def write(self, rows: Any, following: Mapping[int, int]) -> StagedCounts:
        messages: list[Message] = [row for row in rows if row[2] >= following.get(row[1], 0)]
        offsets: dict[tuple[str, int], list[int]] = {}
        for table, partition, offset in messages:
            offsets.setdefault((table, partition), []).append(offset)
        for (table, partition), held in offsets.items():
            path = f"{self.folder}/table={table}/partition={partition}/part-0.snappy.parquet"
            self._filesystem.write(path, " ".join(map(str, held)))
        counts = {key: len(held) for key, held in offsets.items()}
        extents = {
            partition: OffsetRange(
                min(offset for _, of, offset in messages if of == partition),
                max(offset for _, of, offset in messages if of == partition),
            )
            for _, partition, _ in messages
        }
        return StagedCounts(len(messages), counts, extents)
