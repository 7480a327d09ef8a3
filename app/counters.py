"""One counter a route, shared by all workers: which events have been drawn so far."""

import mmap
import os
import threading
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

from app.route import ROUTES

_SLOTS = {name: slot for slot, name in enumerate(ROUTES)}
_BYTES = 8 * len(_SLOTS)


class Counters:
    """The counters of a ledger's folder: the file `counters`, one unsigned 64-bit number a route.

    The file is mapped into memory and locked by flock, which the kernel gives back when a worker
    dies. flock belongs to the open file, so the threads of a worker need a lock of their own.
    """

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "counters", os.O_RDWR | os.O_CREAT, 0o644)
        os.truncate(self._file, _BYTES)
        self._values = memoryview(mmap.mmap(self._file, _BYTES)).cast("Q")
        self._lock = threading.Lock()

    def draw(self, name: str) -> int:
        """Return the next index of the route `name`, from 0; no two calls get the same index."""
        slot = _SLOTS[name]
        with self._lock:
            flock(self._file, LOCK_EX)
            try:
                index = self._values[slot]
                self._values[slot] = index + 1
            finally:
                flock(self._file, LOCK_UN)
        return index
