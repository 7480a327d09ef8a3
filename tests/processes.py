"""Processes that a test watches."""

import contextlib
from collections.abc import Iterable

import psutil


def find_running(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; a zombie does not, nor one that is reaped while it is asked."""
    running = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                running.append(process)
    return running
