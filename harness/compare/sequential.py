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


def judge_pairs(limits: Sequence[Limit], pairs: Sequence[Pair]) -> dict[Limit, LimitOutcome]:
    """Return what the pairs say of each limit."""
    return {
        limit: limit.judge(
            limit.harm(
                [pair.base[limit.metric] for pair in pairs],
                [pair.head[limit.metric] for pair in pairs],
            )
        )
        for limit in limits
    }


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
    pair: Callable[[], Pair | None],
    more: Callable[[], bool] = lambda: True,
) -> dict[Limit, LimitOutcome]:
    """Make pairs until they settle every limit, or one as broken, or there are `MOST`.

    One that is None was made, and does not count. No pair is begun once `more` says that the time
    is up. Returns the outcome of each limit.
    """
    pairs: list[Pair] = []
    outcomes = dict.fromkeys(limits, LimitOutcome.OPEN)
    while summarize_outcomes(outcomes) is LimitOutcome.OPEN and len(pairs) < MOST and more():
        made = pair()
        if made is not None:
            pairs.append(made)
            outcomes = judge_pairs(limits, pairs)
    return outcomes


def summarize_outcomes(outcomes: Mapping[Limit, LimitOutcome]) -> LimitOutcome:
    """Return a regression where one limit shows it, fine where all do, else open."""
    if LimitOutcome.REGRESSION in outcomes.values():
        return LimitOutcome.REGRESSION
    return LimitOutcome.OPEN if LimitOutcome.OPEN in outcomes.values() else LimitOutcome.FINE


def run_check(
    limits: Sequence[Limit],
    pair: Callable[[], Pair | None],
    more: Callable[[], bool] = lambda: True,
    confirming: Callable[[], object] = lambda: None,
) -> CheckStatus:
    """Make a batch of pairs, and a second to confirm a regression.

    A regression that the second does not show is inconclusive. `confirming` is called before it.
    """
    first = make_batch(limits, pair, more)
    broken = [limit for limit, outcome in first.items() if outcome is LimitOutcome.REGRESSION]
    if not broken:
        return "fine" if summarize_outcomes(first) is LimitOutcome.FINE else "inconclusive"
    confirming()
    second = make_batch(broken, pair, more)
    return "regression" if LimitOutcome.REGRESSION in second.values() else "inconclusive"
