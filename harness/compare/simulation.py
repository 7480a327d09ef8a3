"""How often the check is wrong on a host, from the noise recorded there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.compare import sequential
from harness.compare.sequential import Limit, Pair
from harness.record.checked import Outcome

SEED = 20190101
CHECKS = 2_000


@dataclass(frozen=True, slots=True)
class Rates:
    """What became of simulated checks of a head that is slower by `slowdown`, 0.15 for 15 %.

    Shares of all checks; `pairs` is the mean number of pairs that a check took.
    """

    slowdown: float
    regression: float
    fine: float
    inconclusive: float
    pairs: float


def rates(
    noise: Sequence[Mapping[str, float]],
    limits: Sequence[Limit],
    slowdown: float,
    checks: int = CHECKS,
) -> Rates:
    """Simulates checks with pairs drawn, with replacement, from those of equal code.

    `noise` has, for each pair that was made of one and the same code, the logarithm of head by
    base for each metric. A slow-down by the share s takes 1 + s times the CPU time of an event,
    and 1 + s times the time: so a metric of which more is better falls to 1 / (1 + s).
    Raises ValueError where there is no noise to draw from.
    """
    if not noise:
        raise ValueError("no pairs were recorded")
    generator = np.random.default_rng(SEED)
    ended = [_check(noise, limits, slowdown, generator) for _ in range(checks)]
    share = {kind: sum(end == kind for end, _ in ended) / checks for kind in ("1", "0", "7")}
    return Rates(
        slowdown=slowdown,
        regression=share["1"],
        fine=share["0"],
        inconclusive=share["7"],
        pairs=sum(pairs for _, pairs in ended) / checks,
    )


def _check(
    noise: Sequence[Mapping[str, float]],
    limits: Sequence[Limit],
    slowdown: float,
    generator: np.random.Generator,
) -> tuple[Literal["0", "1", "7"], int]:
    """One check's exit code, and how many pairs it made."""

    def pair() -> Pair:
        drawn = noise[int(generator.integers(len(noise)))]
        # Who ran first in a pair is random, so that its noise has no direction.
        sign = generator.choice((-1, 1))
        return Pair(
            base={limit.metric: 1.0 for limit in limits},
            head={
                limit.metric: math.exp(sign * drawn[limit.metric])
                * (1 + slowdown) ** (-1 if limit.higher_is_better else 1)
                for limit in limits
            },
        )

    first = sequential.batch(limits, pair)
    if first.outcome is Outcome.FINE:
        return "0", len(first.pairs)
    if first.outcome is Outcome.OPEN:
        return "7", len(first.pairs)
    second = sequential.batch(first.regressed, pair)
    pairs = len(first.pairs) + len(second.pairs)
    return ("1" if second.outcome is Outcome.REGRESSION else "7"), pairs
