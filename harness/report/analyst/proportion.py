"""Shares and ratios of counts, how sure they are, and from which number on they say anything."""

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
        """Return on which side of the limit the interval lies; open where it contains the limit."""
        if self.low > limit:
            return "above"
        return "below" if self.high < limit else "open"


def estimate_share(part: int, whole: int, among: int = 1) -> Estimate:
    """Estimate the share of `part` in `whole`, as one of `among` simultaneous shares.

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
    """Estimate the ratio of two independent counts; infinite for a `base` of 0.

    Given their sum, `count` is binomial (Przyborowski and Wilenski, Biometrika 31, 1940, p. 313):
    the interval is that of its share of the sum. Raises ValueError where both are 0.
    """
    of_both = estimate_share(count, count + base, among)
    return Estimate(_odds(of_both.value), _odds(of_both.low), _odds(of_both.high))


def estimate_difference(one: tuple[int, int], other: tuple[int, int], among: int = 1) -> Estimate:
    """Estimate the share of `one` less that of `other`, each a part and its whole.

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
    """Return the smallest sample in which none or all would contradict a share of `limit`.

    Of fewer nothing is concluded. Raises ValueError where the limit is not between 0 and 1.
    """
    if not 0 < limit < 1:
        raise ValueError(f"{limit} is no share to be told from")
    return math.ceil(math.log(_tail(among)) / math.log(max(limit, 1 - limit)))


def convert_ratio_to_share(ratio: float) -> float:
    """Return the share in the sum of two counts of which one is `ratio` times the other."""
    return ratio / (1 + ratio)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def _tail(among: int) -> float:
    """Return the probability beyond either end of one of `among` intervals."""
    return (1 - CONFIDENCE) / 2 / among
