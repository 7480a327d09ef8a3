"""Processes that we started: who they are, and how they are ended."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil
from pydantic import BaseModel, ConfigDict

from harness.system.child_environment import TOKEN

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Identity(BaseModel):
    """A process that cannot be mistaken for a later one with the same pid."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: int
    """in clock ticks since the boot: unlike psutil's start time, no change of the clock moves it"""

    @classmethod
    def from_pid(cls, pid: int) -> "Identity":
        """Return the identity of a running process; raises ProcessLookupError where it is gone."""
        return Stat.from_pid(pid).identity

    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        try:
            stat = Stat.from_pid(self.pid)
        except ProcessLookupError:
            return False
        return stat.identity == self and stat.state not in ("Z", "X")


@dataclass(frozen=True, slots=True)
class Stat:
    """What the kernel tells of a process in one reading of /proc/PID/stat (proc(5)).

    `cpu_s` is its own, and `reaped_s` that of the children it has waited for.
    """

    identity: Identity
    state: str
    parent: int
    cpu_s: float
    reaped_s: float

    @classmethod
    def from_pid(cls, pid: int) -> Self:
        """Return the counts of a process; raises ProcessLookupError where it is gone."""
        try:
            text = Path(f"/proc/{pid}/stat").read_bytes()
        except (FileNotFoundError, ProcessLookupError) as error:
            raise ProcessLookupError(f"no process {pid}") from error
        # The name, field 2, may hold blanks and parentheses of its own; the next one is field 3.
        fields = text[text.rindex(b")") + 2 :].split()
        user, system, reaped_user, reaped_system = map(int, fields[11:15])
        return cls(
            identity=Identity(pid=pid, started=int(fields[19])),
            state=fields[0].decode(),
            parent=int(fields[1]),
            cpu_s=(user + system) / TICKS_PER_S,
            reaped_s=(reaped_user + reaped_system) / TICKS_PER_S,
        )


def find_ours(token: str, session: int | None = None) -> list[psutil.Process]:
    """Return the processes with a cluster's token, of one session or all, but the caller."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if session is not None and os.getsid(process.pid) != session:
                continue
            if process.pid != os.getpid() and process.environ().get(TOKEN) == token:
                found.append(process)
    return found


def end_all(processes: Iterable[psutil.Process], grace_s: float) -> None:
    """End processes: SIGTERM, then SIGKILL to those still there after `grace_s` seconds.

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


def find_port_holder(port: int) -> str:
    """Who listens on a TCP port, as `pid 12 (name)`, as far as this user may see it."""
    for connection in psutil.net_connections(kind="tcp"):
        listens = connection.status == psutil.CONN_LISTEN
        if listens and connection.laddr and connection.laddr.port == port and connection.pid:
            with contextlib.suppress(psutil.Error):
                command = " ".join(psutil.Process(connection.pid).cmdline())
                return f"pid {connection.pid} ({command[:120]})"
    return "a process that this user may not see"
