"""The result of a load, whichever tool sent it: request by request, and in all."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.config.load_plan import PlannedCall
from harness.record import models

JUDGED_S = 1.0
"""The CPU time of a shorter load is that of the load tool's start."""

Watch = Callable[[str, int, int], None]
"""Is called with what is sent, the requests answered so far, and all requests."""


@dataclass(frozen=True, slots=True)
class RequestResult:
    """The result of one request: its times by time.monotonic, and whether it was sent at all.

    `ready` is when it could be begun: it was due, a connection was free, and its route was.
    """

    call: PlannedCall
    due: float
    ready: float
    begun: float
    ended: float
    sent: bool
    outcome: str

    @property
    def answered(self) -> bool:
        """Whether there was an answer, of whatever status."""
        return self.outcome.isdecimal()

    @property
    def in_doubt(self) -> bool:
        """Whether the app may have taken it, without a word."""
        return self.sent and not self.answered

    def kind(self) -> str:
        """Return the name of the record's count that the outcome goes to."""
        if not self.answered:
            return self.outcome.replace(" ", "_")
        if self.outcome.startswith("2"):
            return "answered_2xx"
        return "answered_503" if self.outcome == "503" else "answered_other"


@dataclass(frozen=True)
class LoadResult:
    """The result of a whole load.

    `started` is the moment before the first request and `ended` the one after the last answer,
    both readings of time.monotonic; `cpu_s` is the CPU time of the load tool. `reasons` are the
    failures: without any, every request of the plan was answered with 2xx. `results` are those of
    single requests, where the load tool tells them.
    """

    record: models.Load
    read: Callable[[], NDArray[np.float64]]
    started: float
    ended: float
    cpu_s: float
    reasons: tuple[str, ...]
    results: tuple[RequestResult, ...] = ()

    @cached_property
    def latency_ms(self) -> NDArray[np.float64]:
        """The latency of each answer that the load tool knows of.

        It is read when it is first asked for: during the load or the drain that would count.
        """
        return self.read()

    def count_by_type(self) -> dict[str, int]:
        """Return how many requests were sent, by event type: the first rung of the ladder.

        They were answered, or are in doubt.
        """
        sums: Counter[str] = Counter()
        for call in self.record.calls:
            sums[call.event_type] += call.complete + (call.in_doubt or 0)
        return dict(sums)


def compute_cpu_share(cpu_s: float | None, duration_s: float) -> float | None:
    """Return the share of one core that a load tool used; None for a load of less than 1 s."""
    return None if cpu_s is None or duration_s < JUDGED_S else cpu_s / duration_s
