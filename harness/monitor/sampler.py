"""The sampler: a thread that samples the services at fixed moments and writes each sample."""

import csv
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.config import model
from harness.errors import Missing
from harness.monitor import cgroup_counters, machine, meter, series, ticks
from harness.record.models import PhaseName, Resources, Sampling

COLUMNS = ("elapsed_s", "phase", "service", "pids", "cpu_s", "rss_bytes", "pss_bytes")

Targets = Callable[[], Mapping[str, int]]


class Sampler:
    """Samples the services from its making on, and writes a row a service for each sample.

    A context manager that owns a thread: the thread runs within the block, and `stop` ends it
    earlier. Entering the block raises Missing where `path` cannot be written.

    `targets` gives the session of each service at the moment, and the supervisor's as `harness`.
    Rows count seconds from `origin`, the run's start by time.monotonic, and CPU time from the
    sampler's making. Whatever this process starts in its own session during the phase `load` is
    the load tool. `kernel` reads the kernel's own counts at each sample.

    `samples` are those of the series: the first, one at each moment, and the last.
    """

    def __init__(
        self,
        targets: Targets,
        path: Path,
        intervals: model.MonitorSettings,
        origin: float,
        kernel: cgroup_counters.CgroupCounters | None = None,
    ) -> None:
        self.samples: list[series.Sample] = []
        self._interval_s = intervals.interval_s
        self._count = 0
        self._cost_s = 0.0
        self._flow: Callable[[], series.Flow] | None = None
        self._targets = targets
        self._path = path
        self._origin = origin
        self._phase = ""
        self._failure: Exception | None = None
        self._sampling = threading.Lock()
        self._stopping = threading.Event()
        began = time.monotonic()
        self._ticks = ticks.Ticks(began, intervals.interval_s)
        self._pss_ticks = ticks.Ticks(began, intervals.pss_interval_s)
        self._kernel = kernel or cgroup_counters.CgroupCounters(lambda: None)
        self._meter = meter.Meter(targets(), self._kernel)
        self._thread = threading.Thread(
            target=self._try, args=[self._run], name="sampler", daemon=True
        )

    def __enter__(self) -> Self:
        self._write([COLUMNS])
        self._observe(pss=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def follow(self, flow: Callable[[], series.Flow]) -> None:
        """Ask `flow` at each sample of the series from now on."""
        self._flow = flow

    def sampling(self) -> Sampling:
        """Return what the sampler did, and its own CPU time, a part of the harness's.

        That CPU time is of the samples, without that of Kafka's client in other threads.
        """
        return Sampling(
            interval_s=self._interval_s,
            looks=self._count,
            missed=self._ticks.missed,
            cpu_s=self._cost_s,
        )

    def enter(self, phase: PhaseName) -> meter.CpuSnapshot:
        """Begin a phase, and return a sample that ends the phase before.

        Raises nothing: `check` and `stop` raise what hinders the sampler.
        """
        # Memory grows until the end, when all services are still there.
        begin = self.take_snapshot(pss=phase == "teardown")
        self._phase = phase
        return begin

    def take_snapshot(self, pss: bool = False) -> meter.CpuSnapshot:
        """Take a sample now, and return the CPU time until it."""
        self._try(partial(self._sample, pss=pss))
        return self._meter.snapshot()

    def check(self) -> None:
        """Raise what has hindered the sampler."""
        if self._failure is not None:
            raise self._failure

    def stop(
        self, begin: meter.CpuSnapshot | None = None, end: meter.CpuSnapshot | None = None
    ) -> Resources:
        """End the thread, take the last sample, and return what was used.

        CPU time counts between two snapshots, else from the first sample to the last. Raises what
        has hindered the sampler.
        """
        self._end()
        self.check()
        self._observe(pss=True)
        return self._meter.resources(begin, end)

    def _end(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - `stop` raises it
            self._failure = error

    def _run(self) -> None:
        while not self._stopping.wait(max(0.0, self._ticks.next - time.monotonic())):
            now = time.monotonic()
            if self._ticks.take_due(now):
                self._observe(pss=self._pss_ticks.take_due(now))

    def _observe(self, pss: bool) -> None:
        """Take a sample of the series."""
        before_s = time.thread_time()
        elapsed_s, time_ms = time.monotonic() - self._origin, time.time_ns() // 1_000_000
        # Before the lock: Kafka may be slow to answer, and a phase must not wait for it.
        flow = self._flow() if self._flow is not None else None
        with self._sampling:
            phase, usages = self._phase, self._measure(pss)
            memory, traffic = self._kernel.now, machine.read_traffic()
            cores = self._meter.snapshot().cores
            self.samples.append(
                series.Sample(elapsed_s, time_ms, phase, flow, usages, memory, traffic, cores)
            )
            self._cost_s += time.thread_time() - before_s

    def _sample(self, pss: bool) -> None:
        """Take a sample between those of the series."""
        before_s = time.thread_time()
        with self._sampling:
            self._measure(pss)
            self._cost_s += time.thread_time() - before_s

    def _measure(self, pss: bool) -> dict[str, meter.ServiceUsage]:
        usages = self._meter.sample(self._targets(), self._phase == "load", pss)
        elapsed_s = time.monotonic() - self._origin
        self._write(_row(elapsed_s, self._phase, *usage) for usage in usages.items())
        self._count += 1
        return usages

    def _write(self, rows: Iterable[Iterable[str]]) -> None:
        """Append rows; they are in the file then, even if this process is killed."""
        try:
            with self._path.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        except OSError as error:
            raise Missing(
                f"{self._path.name} cannot be written.",
                why=str(error),
                do="make room on the disk, and let the run's folder be there",
            ) from error


def _row(elapsed_s: float, phase: str, name: str, usage: meter.ServiceUsage) -> tuple[str, ...]:
    return (
        f"{elapsed_s:.3f}",
        phase,
        name,
        " ".join(map(str, usage.pids)),
        f"{usage.cpu_s:.2f}",
        str(usage.rss_bytes),
        "" if usage.pss_bytes is None else str(usage.pss_bytes),
    )
