"""The sampler: a thread that looks at the services at fixed moments and writes down each look."""

from __future__ import annotations

import csv
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from harness import config
from harness.errors import Missing
from harness.monitor import machine, meter
from harness.monitor.kernel import Kernel
from harness.monitor.meter import Mark, Meter, Sample
from harness.monitor.series import Flow, Look
from harness.monitor.ticks import Schedule
from harness.record.models import PhaseName, Resources, Sampling

COLUMNS = ("elapsed_s", "phase", "service", "pids", "cpu_s", "rss_bytes", "pss_bytes")

LOAD: PhaseName = "load"
TEARDOWN: PhaseName = "teardown"

Targets = Callable[[], Mapping[str, int]]
Watch = Callable[[Sample], None]


class Sampler:
    """Measures from its making until `stop`; writes a row a service for each look.

    `targets` gives the session of each service at the moment, and the supervisor's as `harness`;
    `watch` is told the sum of the services and the load tool after each look. Rows count seconds
    from `origin`, the run's start by time.monotonic, and CPU time from the sampler's making.
    Whatever this process starts in its own session during the phase `load` is the load tool.
    `kernel` reads the kernel's own counts at each look.

    `looks` are those of the series: the first, one at each moment, and the last.

    Raises Missing when `path` cannot be written.
    """

    def __init__(
        self,
        targets: Targets,
        path: Path,
        intervals: config.MonitorSettings,
        origin: float,
        watch: Watch = lambda _: None,
        kernel: Kernel | None = None,
    ) -> None:
        self.looks: list[Look] = []
        self._interval_s = intervals.interval_s
        self._count = 0
        self._cost_s = 0.0
        self._flow: Callable[[], Flow] | None = None
        self._targets = targets
        self._path = path
        self._origin = origin
        self._watch = watch
        self._phase = ""
        self._failure: Exception | None = None
        self._looking = threading.Lock()
        self._stopping = threading.Event()
        self._write([COLUMNS])
        began = time.monotonic()
        self._ticks = Schedule(began, intervals.interval_s)
        self._pss_ticks = Schedule(began, intervals.pss_interval_s)
        self._kernel = kernel or Kernel(lambda: None)
        self._meter = Meter(targets(), self._kernel)
        self._observe(pss=True)
        self._thread = threading.Thread(
            target=self._try, args=[self._run], name="sampler", daemon=True
        )
        self._thread.start()

    def follow(self, flow: Callable[[], Flow]) -> None:
        """Asks from now on how far the events have come."""
        self._flow = flow

    def sampling(self) -> Sampling:
        """What the sampler did and took itself, which is part of what the harness took.

        Its CPU time is that of the looks, without that of Kafka's client in other threads.
        """
        return Sampling(
            interval_s=self._interval_s,
            looks=self._count,
            missed=self._ticks.missed,
            cpu_s=self._cost_s,
        )

    def enter(self, phase: PhaseName) -> Mark:
        """Ends the phase before with a look, so that what each one used is known; returns it.

        Raises nothing: what hinders the sampler is raised by `stop`.
        """
        # Memory grows until the end, when all services are still there.
        begin = self.mark(pss=phase == TEARDOWN)
        self._phase = phase
        return begin

    def mark(self, pss: bool = False) -> Mark:
        """Takes a look now; what is used from here on, or until here, can be told by it."""
        self._try(partial(self._look, pss=pss))
        return self._meter.mark()

    def check(self) -> None:
        """Raises what has hindered the sampler."""
        if self._failure is not None:
            raise self._failure

    def stop(self, begin: Mark | None = None, end: Mark | None = None) -> Resources:
        """Takes the last look and says what was used, in all or between two marks.

        Raises what has hindered the sampler.
        """
        self._stopping.set()
        self._thread.join()
        self.check()
        self._observe(pss=True)
        return self._meter.resources(begin, end)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - `stop` raises it
            self._failure = error

    def _run(self) -> None:
        while not self._stopping.wait(max(0.0, self._ticks.next - time.monotonic())):
            now = time.monotonic()
            if self._ticks.keep(now):
                self._observe(pss=self._pss_ticks.keep(now))

    def _observe(self, pss: bool) -> None:
        """Takes a look of the series."""
        before_s = time.thread_time()
        elapsed_s, time_ms = time.monotonic() - self._origin, time.time_ns() // 1_000_000
        # Kafka may take its time to answer: nobody else has to wait for that.
        flow = self._flow() if self._flow is not None else None
        with self._looking:
            phase, samples = self._phase, self._measure(pss)
            memory, traffic = self._kernel.now, machine.traffic()
            self.looks.append(Look(elapsed_s, time_ms, phase, flow, samples, memory, traffic))
            self._cost_s += time.thread_time() - before_s

    def _look(self, pss: bool) -> None:
        """Takes a look between those of the series."""
        before_s = time.thread_time()
        with self._looking:
            self._measure(pss)
            self._cost_s += time.thread_time() - before_s

    def _measure(self, pss: bool) -> dict[str, Sample]:
        samples = self._meter.look(self._targets(), self._phase == LOAD, pss)
        elapsed_s = time.monotonic() - self._origin
        self._write(_row(elapsed_s, self._phase, *sample) for sample in samples.items())
        self._watch(meter.total(samples))
        self._count += 1
        return samples

    def _write(self, rows: Iterable[Iterable[str]]) -> None:
        """Appends rows; they are in the file then, even if this process is killed."""
        try:
            with self._path.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        except OSError as error:
            raise Missing(
                f"{self._path.name} cannot be written.",
                why=str(error),
                do="make room on the disk, and let the run's folder be there",
            ) from error


def _row(elapsed_s: float, phase: str, name: str, sample: Sample) -> tuple[str, ...]:
    return (
        f"{elapsed_s:.3f}",
        phase,
        name,
        " ".join(map(str, sample.pids)),
        f"{sample.cpu_s:.2f}",
        str(sample.rss_bytes),
        "" if sample.pss_bytes is None else str(sample.pss_bytes),
    )
