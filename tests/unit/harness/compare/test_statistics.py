"""Ratios of runs, and how often their intervals are wrong."""

import math

import numpy as np
import pytest

from harness.compare import statistics
from harness.compare.statistics import FEWEST, FEWEST_RUNS

A = [100.0, 104.0, 96.0, 101.0, 99.0]


def test_the_ratio_is_b_s_median_by_a_s() -> None:
    ratio = statistics.compare_medians(A, [value * 0.8 for value in A])

    assert ratio.value == pytest.approx(0.8)
    assert ratio.low is not None
    assert ratio.high is not None
    assert 0.7 < ratio.low < 0.8 < ratio.high < 0.9


def test_groups_may_differ_in_size() -> None:
    assert statistics.compare_medians(A, [*A, 50.0, 60.0]).value == pytest.approx(0.99)


def test_the_same_runs_give_the_same_interval() -> None:
    assert statistics.compare_medians(A, A[::-1]) == statistics.compare_medians(A, A[::-1])


def test_figures_that_never_change() -> None:
    ratio = statistics.compare_medians([2.0] * 5, [3.0] * 5)

    assert (ratio.value, ratio.low, ratio.high) == (1.5, 1.5, 1.5)


def test_too_few_runs_have_no_interval() -> None:
    few = A[: FEWEST_RUNS - 1]

    for a, b in ((few, A), (A, few), (few, few)):
        ratio = statistics.compare_medians(a, b)
        assert ratio.value == pytest.approx(np.median(b) / np.median(a))
        assert (ratio.low, ratio.high) == (None, None)


def test_groups_of_equals_seldom_seem_to_differ() -> None:
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(200):
        a, b = np.exp(rng.normal(0, 0.1, (2, FEWEST_RUNS)))
        ratio = statistics.compare_medians(a.tolist(), b.tolist())
        assert ratio.low is not None
        assert ratio.high is not None
        wrong += not ratio.low <= 1 <= ratio.high

    # One in twenty is what 95 % promises; three standard errors above it.
    assert wrong / 200 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)


def test_pairs_leave_out_what_both_runs_of_one_share() -> None:
    machine = np.array([1.0, 1.7, 0.6, 1.2])
    ratio = statistics.compare_pairs((100 * machine).tolist(), (90 * machine).tolist())

    assert ratio.value == pytest.approx(0.9)
    assert ratio.low == pytest.approx(0.9)
    assert ratio.high == pytest.approx(0.9)


def test_an_interval_of_pairs_is_student_s() -> None:
    # Logarithms 0.1, 0.2, 0.3: mean 0.2, standard error 0.1 / sqrt(3); t(0.975, 2) = 4.302653.
    ratio = statistics.compare_pairs([1.0] * 3, [math.exp(0.1), math.exp(0.2), math.exp(0.3)])

    half = 4.302653 * 0.1 / math.sqrt(3)
    assert ratio.value == pytest.approx(math.exp(0.2))
    assert ratio.low == pytest.approx(math.exp(0.2 - half))
    assert ratio.high == pytest.approx(math.exp(0.2 + half))


def test_too_few_pairs_have_no_interval() -> None:
    ratio = statistics.compare_pairs([1.0] * (FEWEST - 1), [2.0] * (FEWEST - 1))

    assert ratio == statistics.Ratio(2.0, None, None)


@pytest.mark.parametrize(("a", "b"), [([], []), (A, A[:-1]), ([0.0], [1.0]), ([1.0], [-1.0])])
def test_what_has_no_ratio_of_pairs(a: list[float], b: list[float]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        statistics.compare_pairs(a, b)


@pytest.mark.parametrize(("a", "b"), [([], A), (A, []), (A, [0.0, 1.0]), ([-1.0], A)])
def test_what_has_no_ratio(a: list[float], b: list[float]) -> None:
    with pytest.raises(ValueError, match="there is no ratio of"):
        statistics.compare_medians(a, b)


def test_spread() -> None:
    assert statistics.measure_spread([90.0, 100.0, 130.0]) == pytest.approx(0.4)
    assert statistics.measure_spread([5.0]) == 0
    with pytest.raises(ValueError, match="there is no ratio of"):
        statistics.measure_spread([])
