"""The moment of a fault: drawn by seed, within the load."""

from __future__ import annotations

import time
from random import Random

from harness.cluster.backends.backend import Backend
from harness.config import plan
from harness.config.model import Config
from harness.faults import registry
from harness.faults.fault import Fault, FaultContext

EARLIEST, LATEST = 0.2, 0.35
"""Shares of the load's time: enough comes before to be seen, and after to recover under load."""


class Injection:
    """One fault, which comes about while the load is sent, and is undone after its time.

    `injected` and `undone` are readings of time.monotonic, null until then.
    """

    def __init__(self, fault: Fault, context: FaultContext, after_s: float) -> None:
        self.fault = fault
        self.context = context
        self.after_s = after_s
        self.injected: float | None = None
        self.undone: float | None = None
        self._began: float | None = None

    def tick(self) -> None:
        """Does what is due; called again and again from the load's begin on."""
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
        """Undoes it, where that is still to be done."""
        if self.injected is not None and self.undone is None:
            self.undone = time.monotonic()
            self.fault.undo(self.context)


def of(config: Config, cluster: Backend) -> Injection | None:
    """The injection that a run's configuration asks for; raises UsageError for an unknown fault."""
    if config.fault.name is None:
        return None
    # Another draw than the schedule's, which has the same seed.
    draw = Random(f"{config.fault.name} {config.seed}")
    span_s = sum(call.requests for call in plan.read_calls(config.load)) / (
        config.load.rate_per_s or 1
    )
    after_s = span_s * (EARLIEST + draw.random() * (LATEST - EARLIEST))
    context = FaultContext(cluster, config, draw)
    return Injection(registry.find(config.fault.name), context, after_s)
