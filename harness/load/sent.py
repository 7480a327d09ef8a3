"""What was sent and how it was answered, whoever sent it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.record import models

Watch = Callable[[str, int, int], None]
"""Is told what is sent, how many requests were answered so far, and how many there are in all."""


@dataclass(frozen=True)
class Sent:
    """What was sent and how it was answered.

    `started` is the moment before the first request and `ended` the one after the last answer,
    both readings of time.monotonic; `cpu_s` is the CPU time of the load tool. `reasons` say what
    was amiss: without any, every request of the plan was answered with 2xx.
    """

    load: models.Load
    read: Callable[[], NDArray[np.float64]]
    started: float
    ended: float
    cpu_s: float
    reasons: tuple[str, ...]

    @cached_property
    def latency_ms(self) -> NDArray[np.float64]:
        """The latency of each answer that the load tool knows of.

        It is read when it is first asked for: during the load or the drain that would count.
        """
        return self.read()

    def by_type(self) -> dict[str, int]:
        """How many requests were sent, by event type: the first rung of the ladder.

        They were answered, or are in doubt.
        """
        sums: Counter[str] = Counter()
        for call in self.load.calls:
            sums[call.event_type] += call.complete + (call.in_doubt or 0)
        return dict(sums)
