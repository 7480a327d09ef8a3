"""Waiting for one's turn where several may set up the same folder at once."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def wait(path: Path, notice: Callable[[], object]) -> Iterator[None]:
    """Holds the lock of an existing file; calls `notice` first where it has to wait for it.

    The kernel frees it when this process ends, however it ends.
    """
    # Network file systems lock only what is open for writing.
    with path.open("rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            notice()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
