"""The check's stopping rule: pairs of runs until the figures settle it, or pairs run out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.compare import statistics
from harness.compare.statistics import Ratio


class Outcome(StrEnum):
    """What the pairs made so far say of a limit."""

    FINE = "fine"
    REGRESSION = "regression"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Limit:
    """How much worse a metric of head may be: `worse` is the ratio worse by good, 1.05 for 5 %."""

    metric: str
    higher_is_better: bool
    worse: float

    def harm(self, base: Sequence[float], head: Sequence[float]) -> Ratio:
        """The ratio of pairs turned so that above 1 head is the worse."""
        if self.higher_is_better:
            return statistics.of_pairs(head, base)
        return statistics.of_pairs(base, head)

    def judge(self, harm: Ratio) -> Outcome:
        """Regression or fine where the whole interval lies on one side of the limit."""
        if harm.low is None or harm.high is None:
            return Outcome.OPEN
        if harm.low > self.worse:
            return Outcome.REGRESSION
        return Outcome.FINE if harm.high < self.worse else Outcome.OPEN


@dataclass(frozen=True, slots=True)
class Pair:
    """One run of base and one of head: the value of each metric."""

    base: Mapping[str, float]
    head: Mapping[str, float]


def judge(limits: Sequence[Limit], pairs: Sequence[Pair]) -> Outcome:
    """A regression where one metric shows it, fine where all do, else open."""
    outcomes = [limit.judge(harm(limit, pairs)) for limit in limits]
    if Outcome.REGRESSION in outcomes:
        return Outcome.REGRESSION
    return Outcome.OPEN if Outcome.OPEN in outcomes else Outcome.FINE


def harm(limit: Limit, pairs: Sequence[Pair]) -> Ratio:
    """How much worse head is by one metric; raises ValueError without a pair."""
    base = [pair.base[limit.metric] for pair in pairs]
    return limit.harm(base, [pair.head[limit.metric] for pair in pairs])
