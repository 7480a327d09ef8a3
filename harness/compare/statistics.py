"""The ratio of two sets of runs, with its 95 % interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy
from numpy.typing import NDArray

CONFIDENCE = 0.95
FEWEST = 3
"""Of fewer pairs no interval is told: it would be wider than what it is for."""
FEWEST_RUNS = 5
"""Of fewer runs a side no interval is told: with 3, one in ten of equals would seem to differ."""

# The bootstrap draws from it, so that one comparison always says the same.
SEED = 20190101
RESAMPLES = 9_999


@dataclass(frozen=True, slots=True)
class Ratio:
    """B's figure by A's: above 1, B's is larger. The interval is None with too few runs."""

    value: float
    low: float | None
    high: float | None


def compare_medians(a: Sequence[float], b: Sequence[float]) -> Ratio:
    """Return the ratio of the medians of two groups of runs that were not made in pairs.

    The interval is the percentile bootstrap's over both groups (Efron and Tibshirani, 1993,
    chapter 13), by scipy. Raises ValueError where a group is empty or a value is not positive.
    """
    value = _ratio_of_medians(_positive(a), _positive(b))
    if min(len(a), len(b)) < FEWEST_RUNS:
        return Ratio(float(value), None, None)
    # scipy imports a part of itself when it is first asked for it, and this one takes a second.
    found = scipy.stats.bootstrap(
        (a, b),
        _ratio_of_medians,
        vectorized=True,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Ratio(float(value), float(found.low), float(found.high))


def compare_pairs(a: Sequence[float], b: Sequence[float]) -> Ratio:
    """Return the geometric mean of b / a over pairs of runs that were made at once.

    The interval is Student's, of the mean of the logarithms: what a pair shares, the state of the
    machine at that time, is not in it. Raises ValueError where the pairs are none or not whole,
    or a value is not positive.
    """
    if not a or min(*a, *b) <= 0:
        raise ValueError(f"there is no ratio of {a!r} and {b!r}")
    # By hand: numpy takes five times as long for a few numbers, and a simulation does little else.
    logarithms = [math.log(y / x) for x, y in zip(a, b, strict=True)]
    number = len(logarithms)
    mean = math.fsum(logarithms) / number
    value = math.exp(mean)
    if number < FEWEST:
        return Ratio(value, None, None)
    variance = math.fsum((one - mean) ** 2 for one in logarithms) / (number - 1)
    half = _quantile(number - 1) * math.sqrt(variance / number)
    return Ratio(value, value * math.exp(-half), value * math.exp(half))


def measure_spread(values: Sequence[float]) -> float:
    """Return the range by the median, as 0.12 for 12 %; raise like `compare_medians`."""
    known = _positive(values)
    return float((known.max() - known.min()) / np.median(known))


@cache
def _quantile(freedom: int) -> float:
    """Of Student's distribution; kept, since simulations ask for it often."""
    return float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, freedom))


def _ratio_of_medians(
    a: NDArray[np.float64], b: NDArray[np.float64], axis: int = -1
) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.median(b, axis=axis) / np.median(a, axis=axis)
    return ratio


def _positive(values: Sequence[float]) -> NDArray[np.float64]:
    known = np.asarray(values, dtype=np.float64)
    if not len(known) or not (known > 0).all():
        raise ValueError(f"there is no ratio of {values!r}")
    return known
