"""What the harness asks of a file system that events end up on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from contract.paths import JOB, TABLE_FOLDERS


class Files(Protocol):
    """Paths are absolute below one root. Every call raises ServiceFailed where it fails."""

    def files(self, folder: str) -> list[str]:
        """The paths of the files in a folder, sorted; none when the folder is not there."""

    def exists(self, path: str) -> bool:
        """Whether there is a file or a folder."""

    def make(self, folder: str) -> None:
        """Makes a folder, with those above it; nothing to do where it is there."""

    def remove(self, folder: str) -> None:
        """Removes a folder with all that is in it; nothing to do where it is not there."""

    def write(self, path: str, content: bytes) -> None:
        """Writes a new file."""

    def read(self, path: str) -> bytes:
        """A file's bytes."""

    def read_all(self, paths: Iterable[str]) -> list[bytes]:
        """The bytes of many files, in the order of `paths`, read side by side."""


def empty_tables(files: Files) -> None:
    """Remove the tables' files and the streaming job's own; the tables' folders stay."""
    for folder in (*TABLE_FOLDERS.values(), JOB):
        files.remove(folder)
    for folder in TABLE_FOLDERS.values():
        files.make(folder)
