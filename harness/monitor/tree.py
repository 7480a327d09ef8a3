"""The processes of each service, of the load tool and of the harness itself."""

import contextlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.cgroup import HARNESS, LOAD_TOOL
from harness.system.process import Identity, Stat

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class ProcessReading:
    """One process at one moment: CPU times in seconds since it began, and its resident memory.

    `cpu_s` is its own and charged to `service`; `reaped_s` is that of the children it has waited
    for, which have ended, and charged to `heir`, or to nobody where that is None.
    """

    process: Identity
    parent: int
    service: str
    heir: str | None
    cpu_s: float
    reaped_s: float
    rss_bytes: int


def read_processes(sessions: Mapping[str, int], loading: bool) -> list[ProcessReading]:
    """Return every process that is charged to a name, parents before their children.

    A service is all processes of the session it was started in. A session given as `harness`, the
    supervisor's, counts with this process. Whatever descends from this process within its session
    is the load tool while `loading`, and the harness at other times; only the load tool's ended
    processes are charged, since a supervisor that ends brings the time of all its services.

    A child of this process that has not executed its program yet is left out: its memory is that of
    this process, some 160 MB where ab takes 4.

    Parents come first, so that a child that ends in between is missing from its parent's
    `reaped_s` until the next reading, and never in both.
    """
    services = {session: name for name, session in sessions.items()}
    family = {os.getpid()}
    readings = []
    for session, stat, rss_bytes in _read_oldest_first({*services, os.getsid(0)}):
        pid = stat.identity.pid
        heir: str | None
        if pid == os.getpid():
            service, heir = HARNESS, LOAD_TOOL if loading else None
        elif session in services:
            service = services[session]
            heir = None if service == HARNESS else service
        elif stat.parent in family:
            family.add(pid)
            if _read_command(pid) == _read_command(os.getpid()):
                continue
            service = heir = LOAD_TOOL if loading else HARNESS
        else:
            continue
        readings.append(
            ProcessReading(
                process=stat.identity,
                parent=stat.parent,
                service=service,
                heir=heir,
                cpu_s=stat.cpu_s,
                reaped_s=stat.reaped_s,
                rss_bytes=rss_bytes,
            )
        )
    return readings


def read_pss_bytes(process: Identity) -> int | None:
    """Return the proportional set size of a process, 0 where it has ended.

    Returns None where it may not be read.
    """
    try:
        size: int = psutil.Process(process.pid).memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0
    except psutil.AccessDenied:
        return None
    return size


def _read_rss_bytes(pid: int) -> int:
    """Return the resident memory of a process; raise ProcessLookupError where it has ended.

    Field 2 of /proc/PID/statm: field 24 of its stat was seen 118 KB below it (proc(5) calls both
    inaccurate).
    """
    try:
        fields = Path(f"/proc/{pid}/statm").read_bytes().split()
    except FileNotFoundError as error:
        raise ProcessLookupError(f"no process {pid}") from error
    return int(fields[1]) * PAGE_BYTES


def _read_command(pid: int) -> bytes:
    """Return the command line of a process, empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _read_oldest_first(sessions: Collection[int]) -> list[tuple[int, Stat, int]]:
    """Return session, counts and resident memory of each process of some sessions, in order."""
    # The last field is the pid that was given last (proc(5)): a higher one is of the round before.
    last = int(Path("/proc/loadavg").read_bytes().split()[-1])
    pids = sorted(psutil.pids(), key=lambda pid: (pid <= last, pid))
    while True:
        stats = []
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                session = os.getsid(pid)
                if session in sessions:
                    stats.append((session, Stat.from_pid(pid), _read_rss_bytes(pid)))
        # The clock of start times has ticks of 10 ms: within one, the pid tells.
        order = sorted((stat.identity.started, stat.identity.pid) for _, stat, _ in stats)
        pids = [pid for _, pid in order]
        if pids == [stat.identity.pid for _, stat, _ in stats]:
            return stats
        # One of several rounds ago: a child may have been read before its parent.
