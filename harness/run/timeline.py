"""The phases of a run as they pass: when each began, how long it took, what it used."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from harness.monitor.meter import CpuSnapshot
from harness.monitor.sampler import Sampler
from harness.record import models, store
from harness.system.progress import Display, Stage


class Timeline:
    """Owns the list of a run's phases, from its start (by time.monotonic) to its end.

    `entered` has the CPU time when each phase began, and `completed` when it ended without an
    error.
    """

    def __init__(self, started: float, sampler: Sampler, folder: Path, display: Display) -> None:
        self.phases: list[models.Phase] = []
        self.entered: dict[models.PhaseName, CpuSnapshot] = {}
        self.completed: dict[models.PhaseName, CpuSnapshot] = {}
        self._started = started
        self._sampler = sampler
        self._folder = folder
        self._display = display

    @contextmanager
    def phase(self, name: models.PhaseName) -> Iterator[Stage]:
        """Time one phase and show it.

        Raises Missing where the run's folder cannot be written.
        """
        self.entered[name] = self._sampler.enter(name)
        began = time.monotonic()
        status: Literal["done", "failed", "interrupted"] = "done"
        try:
            with store.translate_write_errors(self._folder), self._display.stage(name) as stage:
                yield stage
        except BaseException as error:
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            raise
        finally:
            left = self._sampler.take_snapshot()
            if status == "done":
                self.completed[name] = left
            self.phases.append(
                models.Phase(
                    name=name,
                    started_s=began - self._started,
                    duration_s=time.monotonic() - began,
                    status=status,
                    cpu_s=left.since(self.entered[name]),
                )
            )
