"""Intervals against scipy's, and how often a share that is at its limit is told from it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.report.analyst import proportion
from harness.report.analyst.proportion import Estimate

NUMBERS = st.integers(0, 10_000)


@given(NUMBERS, NUMBERS, st.integers(1, 24))
def test_a_share_s_interval_is_wilson_s(part: int, rest: int, among: int) -> None:
    whole = part + rest + 1
    exact = stats.binomtest(part, whole).proportion_ci(1 - 0.05 / among, method="wilson")

    found = proportion.estimate_share(part, whole, among)

    assert found.value == part / whole
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert found.low <= found.value <= found.high


@given(NUMBERS, NUMBERS.filter(bool))
def test_a_ratio_turned_round_is_its_inverse(count: int, base: int) -> None:
    one, other = proportion.estimate_ratio(count, base), proportion.estimate_ratio(base, count)

    assert one.value == pytest.approx(count / base)
    assert one.low == pytest.approx(0 if math.isinf(other.high) else 1 / other.high)
    assert one.low <= one.value <= one.high


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_difference_turned_round_is_its_opposite(a: int, b: int, c: int, d: int) -> None:
    left, right = (a, a + b + 1), (c, c + d + 1)
    one, other = (
        proportion.estimate_difference(left, right),
        proportion.estimate_difference(right, left),
    )

    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
    assert one.low <= one.value <= one.high


def test_a_difference_of_the_source() -> None:
    # Newcombe's table II, (a) 56/70 - 48/80 and (d) 5/56 - 0/29.
    large = proportion.estimate_difference((56, 70), (48, 80))
    assert (large.value, large.low, large.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    small = proportion.estimate_difference((5, 56), (0, 29))
    assert (small.low, small.high) == pytest.approx((-0.0381, 0.1926), abs=5e-5)


@given(st.floats(0.01, 0.99), st.integers(1, 24))
def test_of_fewer_than_the_fewest_neither_none_nor_all_says_anything(
    limit: float, among: int
) -> None:
    number = proportion.compute_fewest(limit, among)
    tail = 0.025 / among

    assert max(limit, 1 - limit) ** number <= tail * (1 + 1e-9)
    assert max(limit, 1 - limit) ** (number - 1) > tail * (1 - 1e-9)


@pytest.mark.parametrize("among", [1, 4, 12])
@pytest.mark.parametrize("limit", [1 / 11, 0.1, 0.125, 0.25, 1 / 3, 0.5, 0.75])
def test_what_is_at_its_limit_is_seldom_told_from_it(limit: float, among: int) -> None:
    """Exactly, from the fewest on: with all that are looked at together in one of ten at most."""
    least = proportion.compute_fewest(limit, among)
    for whole in (*range(least, least + 40, 3), 500):
        told = [
            part
            for part in range(whole + 1)
            if proportion.estimate_share(part, whole, among).beside(limit) != "open"
        ]
        assert among * np.sum(stats.binom.pmf(told, whole, limit)) < 0.1


@pytest.mark.parametrize(
    ("estimate", "place"),
    [
        (Estimate(0.3, 0.21, 0.4), "above"),
        (Estimate(0.3, 0.2, 0.4), "open"),
        (Estimate(0.1, 0.0, 0.2), "open"),
        (Estimate(0.1, 0.0, 0.19), "below"),
    ],
)
def test_a_limit_is_passed_by_the_whole_interval(estimate: Estimate, place: str) -> None:
    assert estimate.beside(0.2) == place


@pytest.mark.parametrize(("part", "whole"), [(0, 0), (2, 1), (-1, 3)])
def test_what_is_no_share_has_no_interval(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        proportion.estimate_share(part, whole)


@pytest.mark.parametrize("limit", [0.0, 1.0, 1.5])
def test_a_limit_that_is_no_share_has_no_fewest(limit: float) -> None:
    with pytest.raises(ValueError, match="no share to be told from"):
        proportion.compute_fewest(limit)
