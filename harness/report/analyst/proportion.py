"""Shares and ratios of counts, how sure they are, and from which number on they say anything."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

CONFIDENCE = 0.95
"""That all intervals which are looked at together hold, after Bonferroni."""

Place = Literal["above", "below", "open"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its interval."""

    value: float
    low: float
    high: float

    def beside(self, limit: float) -> Place:
        """On which side of the limit the whole interval is; open where the limit is within."""
        if self.low > limit:
            return "above"
        return "below" if self.high < limit else "open"


def estimate_share(part: int, whole: int, among: int = 1) -> Estimate:
    """`part` of `whole`, one of `among` shares that are looked at together.

    The interval is Wilson's (Journal of the American Statistical Association 22, 1927, p. 209);
    by hand, since scipy.stats takes 0.7 s to import, a quarter of what `make report` takes in all.
    Raises ValueError where there is no such share.
    """
    if not 0 <= part <= whole or whole == 0:
        raise ValueError(f"{part} of {whole} is no share")
    z2 = NormalDist().inv_cdf(1 - _tail(among)) ** 2
    value = part / whole
    middle = (part + z2 / 2) / (whole + z2)
    half = math.sqrt(z2 * (part * (1 - value) + z2 / 4)) / (whole + z2)
    # Exactly: of none the interval begins at 0, of all it ends at 1.
    return Estimate(
        value,
        middle - half if part else 0.0,
        middle + half if part < whole else 1.0,
    )


def estimate_ratio(count: int, base: int, among: int = 1) -> Estimate:
    """`count` for each of `base`, where neither is a part of the other; infinite for none.

    Given their sum, `count` is binomial (Przyborowski and Wilenski, Biometrika 31, 1940, p. 313):
    the interval is that of its share of the sum. Raises ValueError where both are 0.
    """
    of_both = estimate_share(count, count + base, among)
    return Estimate(_odds(of_both.value), _odds(of_both.low), _odds(of_both.high))


def estimate_difference(one: tuple[int, int], other: tuple[int, int], among: int = 1) -> Estimate:
    """By how much the share of `one`, as part and whole, is larger than that of `other`.

    The interval is made from both Wilson's (Newcombe, Statistics in Medicine 17, 1998, p. 873,
    method 10). Raises ValueError where there is no such share.
    """
    a, b = estimate_share(*one, among), estimate_share(*other, among)
    value = a.value - b.value
    return Estimate(
        value,
        value - math.hypot(a.value - a.low, b.high - b.value),
        value + math.hypot(a.high - a.value, b.value - b.low),
    )


def compute_fewest(limit: float, among: int = 1) -> int:
    """The smallest number of which none or all would hardly be chance, were the share the limit.

    Of fewer nothing is concluded. Raises ValueError where the limit is not between 0 and 1.
    """
    if not 0 < limit < 1:
        raise ValueError(f"{limit} is no share to be told from")
    return math.ceil(math.log(_tail(among)) / math.log(max(limit, 1 - limit)))


def convert_ratio_to_share(ratio: float) -> float:
    """The share of the sum of two counts that one has which is `ratio` times the other."""
    return ratio / (1 + ratio)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def _tail(among: int) -> float:
    """What is left out on either side of one of so many intervals."""
    return (1 - CONFIDENCE) / 2 / among
