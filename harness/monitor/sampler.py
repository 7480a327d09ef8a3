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
from harness.monitor import meter
from harness.monitor.kernel import Kernel
from harness.monitor.meter import Mark, Meter, Sample
from harness.monitor.schedule import Schedule
from harness.record.models import PhaseName, Resources

COLUMNS = ("elapsed_s", "phase", "service", "pids", "cpu_s", "rss_bytes", "pss_bytes")

LOAD: PhaseName = "load"

Targets = Callable[[], Mapping[str, int]]
Watch = Callable[[Sample], None]


class Sampler:
    """Measures from its making until `stop`; writes a row a service for each look.

    `targets` gives the session of each service at the moment, and the supervisor's as `harness`;
    `watch` is told the sum of the services and the load tool after each look. Rows count seconds
    from `origin`, the run's start by time.monotonic, and CPU time from the sampler's making.
    Whatever this process starts in its own session during the phase `load` is the load tool.
    `kernel` reads the kernel's own counts at each look.

    `cost_s` is the CPU time that the sampler took itself, which is part of the harness's.

    Raises Missing when `path` cannot be written.
    """

    def __init__(
        self,
        targets: Targets,
        path: Path,
        intervals: config.Monitor,
        origin: float,
        watch: Watch = lambda _: None,
        kernel: Kernel | None = None,
    ) -> None:
        self.cost_s = 0.0
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
        self._meter = Meter(targets(), kernel)
        self._look(pss=True)
        self._thread = threading.Thread(
            target=self._try, args=[self._run], name="sampler", daemon=True
        )
        self._thread.start()

    @property
    def missed(self) -> int:
        """How many moments passed while it was held up."""
        return self._ticks.missed

    def enter(self, phase: PhaseName) -> Mark:
        """Ends the phase before with a look, so that what each one used is known; returns it.

        Raises nothing: what hinders the sampler is raised by `stop`.
        """
        begin = self.mark()
        self._phase = phase
        return begin

    def mark(self) -> Mark:
        """Takes a look now; what is used from here on, or until here, can be told by it."""
        self._try(partial(self._look, pss=False))
        return self._meter.mark()

    def stop(self, begin: Mark | None = None, end: Mark | None = None) -> Resources:
        """Takes the last look and says what was used, in all or between two marks.

        Raises what has hindered the sampler.
        """
        self._stopping.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        self._look(pss=True)
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
                self._look(pss=self._pss_ticks.keep(now))

    def _look(self, pss: bool) -> None:
        with self._looking:
            before_s = time.thread_time()
            samples = self._meter.look(self._targets(), self._phase == LOAD, pss)
            elapsed_s = time.monotonic() - self._origin
            self._write(_row(elapsed_s, self._phase, *sample) for sample in samples.items())
            self._watch(meter.total(samples))
            self.cost_s += time.thread_time() - before_s

    def _write(self, rows: Iterable[Iterable[str]]) -> None:
        """Appends rows; they are in the file then, even if this process is killed."""
        try:
            with self._path.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        except OSError as error:
            raise Missing(
                f"{self._path.name} cannot be written.", why=str(error), do="make room on the disk"
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
