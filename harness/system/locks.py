"""One at a time: the lock of whoever changes the cluster or runs on it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import Missing


@contextmanager
def held(path: Path, purpose: str) -> Iterator[None]:
    """Holds the lock at `path`; the kernel frees it when this process ends, however it ends.

    Raises Missing naming who holds it and for what.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Missing(
                "Somebody else is at work on this cluster.",
                why=file.read().strip() or "another harness holds the lock",
                do="wait for its end, or end it",
            ) from error
        file.truncate(0)
        file.write(f"`harness {purpose}` runs as pid {os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)
