"""How often the check is wrong on a host, from the noise recorded there."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import scipy

from harness.compare import sequential, statistics
from harness.record.check_record import CheckStatus, Rates
from harness.record.noise_record import Baseline, Noise

SEED = 20190101
CHECKS = 2_000
RESAMPLES = 100
CHECKS_OF_RESAMPLE = 100

SLOWDOWNS = (0.0, 0.05, 0.10, 0.15, 0.20, 0.30)
# Those that something is promised of: under 2 % of the first fail, over 95 % of the second.
PROMISED = (0.0, 0.15)


def select_noise(baseline: Baseline) -> Noise:
    """Return the noise of the metrics that have limits; raise UsageError without a pair."""
    return baseline.noise([limit.metric for limit in sequential.list_limits()])


def simulate_slowdowns(noise: Noise, slowdowns: Sequence[float] = SLOWDOWNS) -> tuple[Rates, ...]:
    """Return the error rates of checks, for each slowdown."""
    return tuple(
        simulate_checks(noise, sequential.list_limits(), slowdown) for slowdown in slowdowns
    )


def simulate_checks(noise: Noise, limits: Sequence[sequential.Limit], slowdown: float) -> Rates:
    """Simulate checks with pairs drawn, with replacement, from pairs of equal code.

    A slow-down by the share s takes 1 + s times the CPU time of an event, and 1 + s times the
    time: so a metric of which more is better falls to 1 / (1 + s). The interval holds what is not
    known for want of recorded pairs (the percentile bootstrap over them) and for want of checks
    (Wilson's). Raises ValueError where there is no noise to draw from.
    """
    if not noise.pairs:
        raise ValueError("no pairs were recorded")
    generator = np.random.default_rng(SEED)
    pool = [_pairs(one, limits, slowdown) for one in noise.pairs]
    most = min(2 * sequential.MOST, int(sequential.LONGEST_S // noise.pair_s))
    ended = [_check(pool, limits, most, generator) for _ in range(CHECKS)]
    number = Counter(status for status, _ in ended)
    found = [_regressions(pool, limits, most, generator) for _ in range(RESAMPLES)]
    tail = (1 - statistics.CONFIDENCE) / 2
    low, high = np.quantile(found, (tail, 1 - tail))
    wilson = scipy.stats.binomtest(number["regression"], CHECKS).proportion_ci(
        statistics.CONFIDENCE, "wilson"
    )
    return Rates(
        slowdown=slowdown,
        regression=number["regression"] / CHECKS,
        low=min(float(low), float(wilson.low)),
        high=max(float(high), float(wilson.high)),
        fine=number["fine"] / CHECKS,
        inconclusive=number["inconclusive"] / CHECKS,
        pairs=sum(pairs for _, pairs in ended) / CHECKS,
        recorded=len(pool),
    )


def _pairs(
    logarithms: Mapping[str, float], limits: Sequence[sequential.Limit], slowdown: float
) -> tuple[sequential.Pair, sequential.Pair]:
    """Return a recorded pair both ways, made slower: of equal runs, chance names the head."""
    slower = {
        limit.metric: (1 + slowdown) ** (-1 if limit.higher_is_better else 1) for limit in limits
    }
    one, other = (
        sequential.Pair(
            base=dict.fromkeys(slower, 1.0),
            head={name: math.exp(sign * logarithms[name]) * slower[name] for name in slower},
        )
        for sign in (1, -1)
    )
    return one, other


def _regressions(
    pool: Sequence[tuple[sequential.Pair, sequential.Pair]],
    limits: Sequence[sequential.Limit],
    most: int,
    generator: np.random.Generator,
) -> float:
    """Return the shares of checks that find a regression, by other draws of recorded pairs."""
    others = [pool[number] for number in generator.integers(len(pool), size=len(pool))]
    ended = [_check(others, limits, most, generator)[0] for _ in range(CHECKS_OF_RESAMPLE)]
    return ended.count("regression") / CHECKS_OF_RESAMPLE


def _check(
    pool: Sequence[tuple[sequential.Pair, sequential.Pair]],
    limits: Sequence[sequential.Limit],
    most: int,
    generator: np.random.Generator,
) -> tuple[CheckStatus, int]:
    """Simulate a check with time for `most` pairs; return its status and number of pairs."""
    numbers: list[int] = generator.integers(len(pool), size=most).tolist()
    ways: list[int] = generator.integers(2, size=most).tolist()
    made = 0

    def pair() -> sequential.Pair:
        nonlocal made
        made += 1
        return pool[numbers[made - 1]][ways[made - 1]]

    status = sequential.run_check(limits, pair, lambda: made < most)
    return status, made
