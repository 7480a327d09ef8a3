"""The check's stopping rule: pairs of runs until the figures settle it or are used up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.compare import statistics
from harness.record.check_record import CheckStatus, LimitOutcome
from harness.record.metrics import METRICS

MOST = 12
"""So many pairs settle it, or it stays open."""
LONGEST_S = 25 * 60.0
"""No pair is begun that would end after this."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much worse a metric of head may be: `worse` is the ratio worse by good, 1.05 for 5 %."""

    metric: str
    higher_is_better: bool
    worse: float

    def harm(self, base: Sequence[float], head: Sequence[float]) -> statistics.Ratio:
        """Return the ratio of pairs, turned so that above 1 head is worse."""
        if self.higher_is_better:
            return statistics.compare_pairs(head, base)
        return statistics.compare_pairs(base, head)

    def judge(self, harm: statistics.Ratio) -> LimitOutcome:
        """Regression or fine where the whole interval lies on one side of the limit, else open."""
        if harm.low is None or harm.high is None:
            return LimitOutcome.OPEN
        if harm.low > self.worse:
            return LimitOutcome.REGRESSION
        return LimitOutcome.FINE if harm.high < self.worse else LimitOutcome.OPEN


@dataclass(frozen=True, slots=True)
class Pair:
    """One run of base and one of head: the value of each metric."""

    base: Mapping[str, float]
    head: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs that were made one after another, and what they say."""

    limits: Sequence[Limit]
    pairs: Sequence[Pair]

    @property
    def outcome(self) -> LimitOutcome:
        """A regression where one metric shows it, fine where all do, else open."""
        if not self.pairs:
            return LimitOutcome.OPEN
        outcomes = [self.judge(limit) for limit in self.limits]
        if LimitOutcome.REGRESSION in outcomes:
            return LimitOutcome.REGRESSION
        return LimitOutcome.OPEN if LimitOutcome.OPEN in outcomes else LimitOutcome.FINE

    @property
    def regressed(self) -> list[Limit]:
        """The limits that head has broken."""
        return [limit for limit in self.limits if self.judge(limit) is LimitOutcome.REGRESSION]

    def judge(self, limit: Limit) -> LimitOutcome:
        """Return the outcome of the pairs for a limit."""
        return limit.judge(self.harm(limit))

    def harm(self, limit: Limit) -> statistics.Ratio:
        """How much worse head is by one metric; raises ValueError without a pair."""
        base = [pair.base[limit.metric] for pair in self.pairs]
        return limit.harm(base, [pair.head[limit.metric] for pair in self.pairs])


def list_limits() -> list[Limit]:
    """Return the limits of the registry, as ratios: a loss of `share` is 1 / (1 - share)."""
    return [
        Limit(
            metric.name,
            metric.better == "higher",
            1 / (1 - metric.limit) if metric.better == "higher" else 1 + metric.limit,
        )
        for metric in METRICS.values()
        if metric.limit is not None
    ]


def make_batch(
    limits: Sequence[Limit],
    pair: Callable[[], Pair],
    more: Callable[[], bool] = lambda: True,
) -> Batch:
    """Make pairs until they settle every limit, or one as broken, or there are `MOST`.

    No pair is begun once `more` says that the time is up.
    """
    pairs: list[Pair] = []
    while len(pairs) < MOST and more():
        pairs.append(pair())
        made = Batch(limits, tuple(pairs))
        if made.outcome is not LimitOutcome.OPEN:
            return made
    return Batch(limits, tuple(pairs))


def run_check(
    limits: Sequence[Limit],
    pair: Callable[[], Pair],
    more: Callable[[], bool] = lambda: True,
    confirming: Callable[[], object] = lambda: None,
) -> CheckStatus:
    """Make a batch of pairs, and a second to confirm a regression.

    A regression that the second does not show is inconclusive. `confirming` is called before it.
    """
    first = make_batch(limits, pair, more)
    if first.outcome is not LimitOutcome.REGRESSION:
        return "fine" if first.outcome is LimitOutcome.FINE else "inconclusive"
    confirming()
    second = make_batch(first.regressed, pair, more)
    return "regression" if second.outcome is LimitOutcome.REGRESSION else "inconclusive"
