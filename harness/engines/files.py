"""What the harness asks of a file system that events end up on."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from contract.paths import JOB, TABLE_FOLDERS

THREADS = 8


class Files(Protocol):
    """Paths are absolute below one root. Every call raises ServiceFailed where it fails."""

    def files(self, folder: str) -> list[str]:
        """Return the sorted paths of the files in a folder, which need not exist."""

    def exists(self, path: str) -> bool:
        """Return whether a file or a folder exists at a path."""

    def make(self, folder: str) -> None:
        """Create a folder and those above it, where they do not exist."""

    def remove(self, folder: str) -> None:
        """Remove a folder, which need not exist, with everything in it."""

    def write(self, path: str, content: bytes) -> None:
        """Write a new file."""

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""

    def read_all(self, paths: Iterable[str]) -> list[bytes]:
        """Return the bytes of many files, in the order of `paths`, read side by side."""
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(self.read, paths))


def empty_tables(files: Files) -> None:
    """Remove the tables' files and the streaming job's own; the tables' folders stay."""
    for folder in (*TABLE_FOLDERS.values(), JOB):
        files.remove(folder)
    for folder in TABLE_FOLDERS.values():
        files.make(folder)
