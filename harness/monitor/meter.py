"""CPU time and memory by service: as they are now, their peaks, and the use in all."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from harness.cgroup import HARNESS, LOAD_TOOL, group
from harness.monitor import account, cgroup_counters, machine, others, tree
from harness.record.models import Resources, Total, Usage


@dataclass(frozen=True, slots=True)
class ServiceUsage:
    """One service, or several, at one moment; CPU time counts from the meter's start.

    `pss_bytes` is None where it was not measured.
    """

    pids: tuple[int, ...]
    cpu_s: float
    rss_bytes: int
    pss_bytes: int | None


@dataclass(slots=True)
class Peak:
    """The most memory at a sample; 0 and None where no process was ever there."""

    rss_bytes: int = 0
    pss_bytes: int | None = None

    def note(self, usage: ServiceUsage) -> None:
        """Take one more sample into account."""
        if not usage.pids:
            return
        self.rss_bytes = max(self.rss_bytes, usage.rss_bytes)
        if usage.pss_bytes is not None:
            self.pss_bytes = max(self.pss_bytes or 0, usage.pss_bytes)


@dataclass(frozen=True, slots=True)
class CpuSnapshot:
    """The CPU seconds of each service until one sample.

    `time` is the moment of the sample, by time.monotonic. `cgroup` has the kernel's own
    counts, where it keeps any. `cores` are the times of the machine's cores, and `allowed` those
    that the services may run on.
    """

    time: float
    cpu_s: Mapping[str, float]
    cgroup: group.TreeCounts | None = None
    cores: Mapping[int, machine.CoreTimes] = field(default_factory=dict)
    allowed: frozenset[int] = frozenset()

    def since(self, earlier: Self) -> dict[str, float]:
        """Return the CPU seconds that each service used since an earlier sample."""
        return {name: cpu_s - earlier.cpu_s.get(name, 0.0) for name, cpu_s in self.cpu_s.items()}


class Meter:
    """Measures the services of some sessions, the load tool and the harness, from now on.

    `kernel` reads the kernel's own counts at each sample.
    """

    def __init__(
        self, sessions: Mapping[str, int], kernel: cgroup_counters.CgroupCounters | None = None
    ) -> None:
        self._kernel = kernel or cgroup_counters.CgroupCounters(lambda: None)
        self._sampled = time.monotonic()
        self._account = account.CpuAccount(tree.read_processes(sessions, loading=False))
        self._read_machine(sessions)
        self._first = self.snapshot()
        self._peaks: defaultdict[str, Peak] = defaultdict(Peak)
        """by service, for each that was ever there"""
        self._peak = Peak()

    def sample(
        self, sessions: Mapping[str, int], loading: bool, pss: bool
    ) -> dict[str, ServiceUsage]:
        """Return the usage of each service, also where it has no process any more.

        While `loading`, the processes that this process has started are the load tool.
        Reading the PSS takes some milliseconds a process, and is left out unless `pss`.
        """
        readings = tree.read_processes(sessions, loading)
        self._sampled = time.monotonic()
        self._kernel.sample()
        self._read_machine(sessions)
        self._account.update(readings)
        usages = {
            name: self._usage(name, [r for r in readings if r.service == name], pss)
            for name in dict.fromkeys([*self._peaks, *sessions, *self._account.cpu_s])
        }
        for name, usage in usages.items():
            self._peaks[name].note(usage)
        self._peak.note(sum_usages(usages))
        return usages

    def snapshot(self) -> CpuSnapshot:
        """Return the CPU time until the last sample."""
        return CpuSnapshot(
            time=self._sampled,
            cpu_s=dict(self._account.cpu_s),
            cgroup=self._kernel.last,
            cores=self._cores,
            allowed=self._allowed,
        )

    def resources(
        self, begin: CpuSnapshot | None = None, end: CpuSnapshot | None = None
    ) -> Resources:
        """Return the CPU time used between two samples, else in all, and the peaks of all.

        That of others is measured between two samples alone.
        """
        is_bounded = begin is not None and end is not None
        begin, end = begin or self._first, end or self.snapshot()
        used = end.since(begin)
        usages = {
            name: Usage(
                cpu_s=used.get(name, 0.0),
                pss_peak_bytes=peak.pss_bytes,
                rss_peak_bytes=peak.rss_bytes,
                cgroup_cpu_s=cgroup_counters.cpu_s(begin.cgroup, end.cgroup, name),
                cgroup_memory_peak_bytes=self._kernel.charged_peak_bytes(name),
            )
            for name, peak in self._peaks.items()
        }
        cpu_s = sum(seconds for name, seconds in used.items() if name != HARNESS)
        # Where the kernel counts, it has seen processes that no sample met.
        ours_s = sum(
            one.cpu_s if one.cgroup_cpu_s is None else one.cgroup_cpu_s for one in usages.values()
        )
        return Resources(
            services={n: u for n, u in usages.items() if n not in (HARNESS, LOAD_TOOL)},
            load_tool=usages.get(LOAD_TOOL),
            harness=usages.get(HARNESS),
            total=Total(
                cpu_s=cpu_s,
                cpu_cores_mean=cpu_s / (end.time - begin.time),
                pss_peak_bytes=self._peak.pss_bytes,
                cgroup_cpu_s=cgroup_counters.cpu_s(begin.cgroup, end.cgroup),
            ),
            others=others.measure_others(begin, end, ours_s) if is_bounded else None,
        )

    def _read_machine(self, sessions: Mapping[str, int]) -> None:
        self._cores = machine.read_cores()
        self._allowed = machine.find_cores(pid for name, pid in sessions.items() if name != HARNESS)

    def _usage(
        self, name: str, readings: Collection[tree.ProcessReading], pss: bool
    ) -> ServiceUsage:
        return ServiceUsage(
            pids=tuple(reading.process.pid for reading in readings),
            cpu_s=self._account.cpu_s[name],
            rss_bytes=sum(reading.rss_bytes for reading in readings),
            pss_bytes=_sum(tree.read_pss_bytes(r.process) for r in readings) if pss else None,
        )


def sum_usages(usages: Mapping[str, ServiceUsage]) -> ServiceUsage:
    """Return the services and the load tool together, without the harness."""
    counted = [usage for name, usage in usages.items() if name != HARNESS]
    return ServiceUsage(
        pids=tuple(pid for usage in counted for pid in usage.pids),
        cpu_s=sum(usage.cpu_s for usage in counted),
        rss_bytes=sum(usage.rss_bytes for usage in counted),
        pss_bytes=_sum(usage.pss_bytes for usage in counted),
    )


def _sum(sizes: Iterable[int | None]) -> int | None:
    """Return the sum, None where a size is not known."""
    known = list(sizes)
    return None if None in known else sum(size for size in known if size is not None)
