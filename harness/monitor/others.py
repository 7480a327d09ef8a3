"""The CPU time that others used on the cores of the services."""

from collections.abc import Mapping
from typing import Protocol

from harness.monitor.machine import CoreTimes
from harness.record.models import OthersCpu


class Reading(Protocol):
    """The times of the machine's cores at one moment, by time.monotonic."""

    @property
    def time(self) -> float:
        """The moment."""

    @property
    def cores(self) -> Mapping[int, CoreTimes]:
        """The times of each core that is on."""

    @property
    def allowed(self) -> frozenset[int]:
        """The cores that the services may run on."""


def measure_others(begin: Reading, end: Reading, ours_s: float) -> OthersCpu | None:
    """Return what others used between two readings, in which we used `ours_s` of CPU time.

    A core that was off at one of them is left out. Returns None where no core is left. The two
    counts have other clocks: a difference below 0 is 0.
    """
    cores = sorted(begin.allowed & begin.cores.keys() & end.cores.keys())
    duration_s = end.time - begin.time
    if not cores or duration_s <= 0:
        return None
    busy_s, interrupts_s, stolen_s = (
        sum(getattr(end.cores[core], name) - getattr(begin.cores[core], name) for core in cores)
        for name in ("busy_s", "interrupts_s", "stolen_s")
    )
    cpu_s = max(0.0, busy_s - ours_s)
    return OthersCpu(
        cores=tuple(cores),
        duration_s=duration_s,
        busy_s=busy_s,
        interrupts_s=interrupts_s,
        stolen_s=stolen_s,
        ours_s=ours_s,
        cpu_s=cpu_s,
        share=min(1.0, cpu_s / (len(cores) * duration_s)),
    )
