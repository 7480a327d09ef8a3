"""The injection of a fault into a run, at a moment drawn by seed within the load."""

import time
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Self

from harness.cluster.backends.backend import Backend
from harness.config import load_plan
from harness.config.model import Config
from harness.faults import registry
from harness.faults.fault import Fault, FaultContext

EARLIEST, LATEST = 0.2, 0.35
"""Shares of the load's time: enough comes before to be seen, and after to recover under load."""


@dataclass(frozen=True, slots=True)
class InjectionTimes:
    """A fault, and when it was injected and undone, by time.monotonic; None where it was not."""

    fault: Fault
    injected: float | None
    undone: float | None


class Injection:
    """One fault, injected `after_s` into the load and undone after its time.

    A context manager around the load, whose end undoes the fault in any case. It does its work in
    `tick`, in the thread of the caller.
    """

    def __init__(self, fault: Fault, context: FaultContext, after_s: float) -> None:
        self.fault = fault
        self.context = context
        self.after_s = after_s
        self.injected: float | None = None
        self.undone: float | None = None
        self._began: float | None = None

    @classmethod
    def from_config(cls, config: Config, cluster: Backend) -> Self | None:
        """Return the injection that a configuration asks for, None where it asks for none.

        Raises UsageError for an unknown fault.
        """
        if config.fault.name is None:
            return None
        # Another draw than the schedule's, which has the same seed.
        draw = Random(f"{config.fault.name} {config.seed}")
        span_s = sum(call.requests for call in load_plan.read_calls(config.load)) / (
            config.load.rate_per_s or 1
        )
        after_s = span_s * (EARLIEST + draw.random() * (LATEST - EARLIEST))
        context = FaultContext(cluster, config, draw)
        return cls(registry.find(config.fault.name), context, after_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def tick(self) -> None:
        """Inject or undo the fault where that is due; the first call is the load's beginning."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
        if self.injected is None:
            if now >= self._began + self.after_s:
                self.injected = now
                self.fault.inject(self.context)
        elif now >= self.injected + self.fault.lasts_s:
            self.end()

    def end(self) -> None:
        """Undo the fault where it was injected and is not undone yet."""
        if self.injected is not None and self.undone is None:
            self.undone = time.monotonic()
            self.fault.undo(self.context)

    def describe(self) -> InjectionTimes:
        """Return the fault and its moments so far."""
        return InjectionTimes(self.fault, self.injected, self.undone)
