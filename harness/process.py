"""Processes that we started: who they are, and how they are ended."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

# Every process of a cluster carries its cluster's token in its environment, so that children
# whose parents are gone are still known as ours.
TOKEN = "PIPELINE_CLUSTER"


class Identity(BaseModel):
    """A process that cannot be mistaken for a later one with the same pid."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: int
    """in clock ticks since the boot: unlike psutil's start time, no change of the clock moves it"""

    @classmethod
    def of(cls, pid: int) -> Identity:
        """The identity of a running process; raises ProcessLookupError where there is none."""
        _, started = _stat(pid)
        return cls(pid=pid, started=started)

    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        try:
            state, started = _stat(self.pid)
        except ProcessLookupError:
            return False
        return started == self.started and state not in ("Z", "X")


def _stat(pid: int) -> tuple[str, int]:
    """A process's state and start, fields 3 and 22 of /proc/PID/stat (proc(5))."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError as error:
        raise ProcessLookupError(f"no process {pid}") from error
    # The name, field 2, may hold blanks and parentheses of its own.
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19])


def ours(token: str, session: int | None = None) -> list[psutil.Process]:
    """The processes that carry a cluster's token, of one session or of all, but the asker."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if session is not None and os.getsid(process.pid) != session:
                continue
            if process.pid != os.getpid() and process.environ().get(TOKEN) == token:
                found.append(process)
    return found


def end(processes: Iterable[psutil.Process], grace_s: float) -> None:
    """Ends processes: SIGTERM, then SIGKILL to those that are there after `grace_s` seconds.

    psutil compares pid and start time before each signal, so that a reused pid is never hit.
    """
    chosen = list(processes)
    for process in chosen:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(chosen, timeout=grace_s)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=grace_s)


def holder(port: int) -> str:
    """Who listens on a TCP port, as `pid 12 (name)`, as far as this user may see it."""
    for connection in psutil.net_connections(kind="tcp"):
        listens = connection.status == psutil.CONN_LISTEN
        if listens and connection.laddr and connection.laddr.port == port and connection.pid:
            with contextlib.suppress(psutil.Error):
                command = " ".join(psutil.Process(connection.pid).cmdline())
                return f"pid {connection.pid} ({command[:120]})"
    return "a process that this user may not see"
