"""What the whole machine has done since its start: bytes moved, and CPU time by core."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

STAT = Path("/proc/stat")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes of all disks and of the loopback interface, each counted once; None where unknown."""

    disk_read_bytes: int | None
    disk_written_bytes: int | None
    loopback_bytes: int | None


def read_traffic() -> Traffic:
    """Return the kernel's counters as they are now."""
    disks = psutil.disk_io_counters(nowrap=False)
    loopback = psutil.net_io_counters(pernic=True, nowrap=False).get("lo")
    return Traffic(
        disk_read_bytes=disks.read_bytes if disks else None,
        disk_written_bytes=disks.write_bytes if disks else None,
        loopback_bytes=loopback.bytes_sent if loopback else None,
    )


@dataclass(frozen=True, slots=True)
class CoreTimes:
    """One core's seconds of work since the machine's start, whoever's work it was.

    `interrupts_s` and `stolen_s`, which the hypervisor gave to others, are parts of `busy_s`.
    """

    busy_s: float
    interrupts_s: float
    stolen_s: float


def read_cores() -> dict[int, CoreTimes]:
    """Return the times of each core that is on, by its number; empty where the kernel has none.

    The columns are those of proc_stat(5). `user` has the time of virtual machines in it.
    """
    try:
        lines = STAT.read_text("ascii").splitlines()
    except OSError:
        return {}
    return {
        int(line.split()[0].removeprefix("cpu")): _parse_times(line)
        for line in lines
        if line.startswith("cpu") and line[3].isdigit()
    }


def _parse_times(line: str) -> CoreTimes:
    seconds = [int(ticks) / TICKS_PER_S for ticks in line.split()[1:9]]
    user, nice, system, _, _, irq, soft_irq, stolen = seconds
    return CoreTimes(
        busy_s=user + nice + system + irq + soft_irq + stolen,
        interrupts_s=irq + soft_irq,
        stolen_s=stolen,
    )


def find_cores(pids: Iterable[int]) -> frozenset[int]:
    """Return the cores that any of the processes may run on; without one, those of this process.

    The kernel leaves out what the process's cpuset does not hold, and cores that are off.
    """
    cores: set[int] = set()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            cores |= os.sched_getaffinity(pid)
    return frozenset(cores or os.sched_getaffinity(0))
