"""Locks between processes: wait for a lock, or refuse and name its holder.

The kernel frees a lock when its holder ends, by whatever signal.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import Missing


@contextmanager
def wait_for(path: Path, notice: Callable[[], object]) -> Iterator[None]:
    """Hold the lock of an existing file, and wait where another process holds it.

    `notice` is called before the wait.
    """
    # Network file systems lock only what is open for writing.
    with path.open("rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            notice()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def hold(path: Path, purpose: str) -> Iterator[None]:
    """Hold the lock at `path` for the verb `purpose`; raise Missing naming another holder."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Missing(
                "Another verb is at work on this cluster.",
                why=file.read().strip() or "another harness holds the lock",
                do="wait until it ends, or stop that process",
            ) from error
        file.truncate(0)
        file.write(f"`harness {purpose}` runs as pid {os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)
