"""Whose processes are whose: each service's, the load tool's and the harness's own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import psutil

HARNESS = "harness"
LOAD_TOOL = "load_tool"


@dataclass(frozen=True, slots=True)
class Reading:
    """One process at one moment: CPU times in seconds since it began, and its resident memory.

    `cpu_s` is its own and charged to `service`; `reaped_s` is that of the children it has waited
    for, which are no more, and charged to `heir`, or to nobody where that is null.
    """

    process: psutil.Process
    parent: int
    service: str
    heir: str | None
    cpu_s: float
    reaped_s: float
    rss_bytes: int


def read(sessions: Mapping[str, int], loading: bool) -> list[Reading]:
    """Every process that is charged to somebody, parents before their children.

    A service is all processes of the session it was started in. A session given as `harness`, the
    supervisor's, counts with this process. Whatever descends from this process within its session
    is the load tool while `loading`, and the harness at other times; only the load tool's ended
    processes are charged, since a supervisor that ends brings the time of all its services.

    A child of this process that has not executed its program yet is left out: what it holds is this
    process's memory, some 160 MB where ab takes 4.

    Parents come first, so that a child that ends in between is missing from its parent's
    `reaped_s` until the next reading, and never in both.
    """
    services = {session: name for name, session in sessions.items()}
    own_session = os.getsid(0)
    family = {os.getpid()}
    readings = []
    for session, process in _oldest_first({*services, own_session}):
        with contextlib.suppress(psutil.NoSuchProcess), process.oneshot():
            parent = process.ppid()
            heir: str | None
            if process.pid == os.getpid():
                service, heir = HARNESS, LOAD_TOOL if loading else None
            elif session in services:
                service = services[session]
                heir = None if service == HARNESS else service
            elif parent in family:
                family.add(process.pid)
                if _is_copy(process):
                    continue
                service = heir = LOAD_TOOL if loading else HARNESS
            else:
                continue
            cpu = process.cpu_times()
            readings.append(
                Reading(
                    process=process,
                    parent=parent,
                    service=service,
                    heir=heir,
                    cpu_s=cpu.user + cpu.system,
                    reaped_s=cpu.children_user + cpu.children_system,
                    rss_bytes=process.memory_info().rss,
                )
            )
    return readings


def pss_bytes(process: psutil.Process) -> int | None:
    """The proportional set size of a process, 0 of one that is no more; null where not allowed."""
    try:
        size: int = process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0
    except psutil.AccessDenied:
        return None
    return size


def _is_copy(process: psutil.Process) -> bool:
    try:
        return process.cmdline() == psutil.Process().cmdline()
    except psutil.ZombieProcess:
        return False


def _oldest_first(sessions: Collection[int]) -> list[tuple[int, psutil.Process]]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            session = os.getsid(process.pid)
            if session in sessions:
                found.append((process.create_time(), process.pid, session, process))
    # The clock of start times has ticks of 10 ms: within one, the pid tells.
    return [(session, process) for *_, session, process in sorted(found, key=lambda f: f[:2])]
