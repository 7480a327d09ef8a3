"""CPU time and memory by service: as they are now, their peaks, and what was used in all."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from harness.cgroup import HARNESS, LOAD_TOOL
from harness.cgroup.group import Counts
from harness.monitor import kernel, tree
from harness.monitor.account import Account
from harness.monitor.kernel import Kernel
from harness.monitor.tree import Reading
from harness.record.models import Resources, Total, Usage


@dataclass(frozen=True, slots=True)
class Sample:
    """One service, or several, at one moment; CPU time counts from the meter's start.

    `pss_bytes` is null where it was not measured.
    """

    pids: tuple[int, ...]
    cpu_s: float
    rss_bytes: int
    pss_bytes: int | None


@dataclass(slots=True)
class Peak:
    """The most memory that was seen at a look; 0 and null where nothing was there to be seen."""

    rss_bytes: int = 0
    pss_bytes: int | None = None

    def note(self, sample: Sample) -> None:
        """Takes one more sample into account."""
        if not sample.pids:
            return
        self.rss_bytes = max(self.rss_bytes, sample.rss_bytes)
        if sample.pss_bytes is not None:
            self.pss_bytes = max(self.pss_bytes or 0, sample.pss_bytes)


@dataclass(frozen=True, slots=True)
class Mark:
    """A look: when, by time.monotonic, and the CPU seconds of each service until then.

    `cgroup` has the kernel's own counts, where it keeps any.
    """

    time: float
    cpu_s: Mapping[str, float]
    cgroup: Counts | None = None

    def since(self, earlier: Mark) -> dict[str, float]:
        """The CPU seconds that each service used between an earlier look and this one."""
        return {name: cpu_s - earlier.cpu_s.get(name, 0.0) for name, cpu_s in self.cpu_s.items()}


class Meter:
    """Measures the services of some sessions, the load tool and the harness, from now on.

    `kernel` reads the kernel's own counts at each look.
    """

    def __init__(self, sessions: Mapping[str, int], kernel: Kernel | None = None) -> None:
        self._kernel = kernel or Kernel(lambda: None)
        self._looked = time.monotonic()
        self._account = Account(tree.read(sessions, loading=False))
        self._first = self.mark()
        self._peaks: defaultdict[str, Peak] = defaultdict(Peak)
        """by service, for each that was ever there"""
        self._peak = Peak()

    def look(self, sessions: Mapping[str, int], loading: bool, pss: bool) -> dict[str, Sample]:
        """A sample of each service, of those too that have no process any more.

        `loading` tells that what this process has started since the last look is the load tool.
        Reading the PSS takes some milliseconds a process, and is left out unless `pss`.
        """
        readings = tree.read(sessions, loading)
        self._looked = time.monotonic()
        self._kernel.look()
        self._account.update(readings)
        samples = {
            name: self._sample(name, [r for r in readings if r.service == name], pss)
            for name in dict.fromkeys([*self._peaks, *sessions, *self._account.cpu_s])
        }
        for name, sample in samples.items():
            self._peaks[name].note(sample)
        self._peak.note(total(samples))
        return samples

    def mark(self) -> Mark:
        """The last look."""
        return Mark(self._looked, dict(self._account.cpu_s), self._kernel.last)

    def resources(self, begin: Mark | None = None, end: Mark | None = None) -> Resources:
        """The CPU time used between two looks, or the first and the last; the peaks of all."""
        begin, end = begin or self._first, end or self.mark()
        used = end.since(begin)
        usages = {
            name: Usage(
                cpu_s=used.get(name, 0.0),
                pss_peak_bytes=peak.pss_bytes,
                rss_peak_bytes=peak.rss_bytes,
                cgroup_cpu_s=kernel.cpu_s(begin.cgroup, end.cgroup, name),
                cgroup_memory_peak_bytes=self._kernel.charged_peak_bytes(name),
            )
            for name, peak in self._peaks.items()
        }
        cpu_s = sum(seconds for name, seconds in used.items() if name != HARNESS)
        return Resources(
            services={n: u for n, u in usages.items() if n not in (HARNESS, LOAD_TOOL)},
            load_tool=usages.get(LOAD_TOOL),
            harness=usages.get(HARNESS),
            total=Total(
                cpu_s=cpu_s,
                cpu_cores_mean=cpu_s / (end.time - begin.time),
                pss_peak_bytes=self._peak.pss_bytes,
                cgroup_cpu_s=kernel.cpu_s(begin.cgroup, end.cgroup),
            ),
        )

    def _sample(self, name: str, readings: Collection[Reading], pss: bool) -> Sample:
        return Sample(
            pids=tuple(reading.process.pid for reading in readings),
            cpu_s=self._account.cpu_s[name],
            rss_bytes=sum(reading.rss_bytes for reading in readings),
            pss_bytes=_sum(tree.pss_bytes(r.process) for r in readings) if pss else None,
        )


def total(samples: Mapping[str, Sample]) -> Sample:
    """The services and the load tool together, without the harness."""
    counted = [sample for name, sample in samples.items() if name != HARNESS]
    return Sample(
        pids=tuple(pid for sample in counted for pid in sample.pids),
        cpu_s=sum(sample.cpu_s for sample in counted),
        rss_bytes=sum(sample.rss_bytes for sample in counted),
        pss_bytes=_sum(sample.pss_bytes for sample in counted),
    )


def _sum(sizes: Iterable[int | None]) -> int | None:
    """The sum; null where one of them is not known."""
    known = list(sizes)
    return None if None in known else sum(size for size in known if size is not None)
