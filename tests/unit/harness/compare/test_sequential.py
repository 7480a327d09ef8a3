"""When the pairs made so far settle a limit."""

from __future__ import annotations

import pytest

from harness.compare import sequential
from harness.compare.sequential import Limit, Outcome, Pair
from harness.compare.statistics import Ratio

CPU = Limit("cpu", higher_is_better=False, worse=1.05)
RATE = Limit("rate", higher_is_better=True, worse=1.10)
# What three pairs of the same code may look like.
NOISE = (0.998, 1.003, 1.001)


def pairs(cpu: float = 1.0, rate: float = 1.0, noise: tuple[float, ...] = NOISE) -> list[Pair]:
    """Pairs whose head has so many times the base's figures."""
    return [
        Pair(
            base={"cpu": 0.5, "rate": 3000.0},
            head={"cpu": 0.5 * cpu * factor, "rate": 3000.0 * rate / factor},
        )
        for factor in noise
    ]


def test_equals_are_fine() -> None:
    assert sequential.judge([CPU, RATE], pairs()) is Outcome.FINE


@pytest.mark.parametrize(("cpu", "rate"), [(1.15, 1.0), (1.0, 0.8), (1.15, 0.8)])
def test_one_metric_is_enough_for_a_regression(cpu: float, rate: float) -> None:
    assert sequential.judge([CPU, RATE], pairs(cpu, rate)) is Outcome.REGRESSION


@pytest.mark.parametrize(("cpu", "rate"), [(0.7, 1.0), (1.0, 1.5), (1.03, 0.95)])
def test_better_or_within_the_limit_is_fine(cpu: float, rate: float) -> None:
    assert sequential.judge([CPU, RATE], pairs(cpu, rate)) is Outcome.FINE


def test_an_interval_about_the_limit_is_open() -> None:
    wide = (0.8, 1.25, 1.0)

    assert sequential.judge([CPU, RATE], pairs(noise=wide)) is Outcome.OPEN
    assert sequential.judge([CPU], pairs(cpu=1.05)) is Outcome.OPEN


def test_too_few_pairs_are_open() -> None:
    assert sequential.judge([CPU], pairs(cpu=2.0)[:2]) is Outcome.OPEN


def test_harm_is_above_one_whichever_direction_is_worse() -> None:
    worse = pairs(cpu=1.25, rate=0.8)

    assert sequential.harm(CPU, worse).value == pytest.approx(1.25, rel=0.01)
    assert sequential.harm(RATE, worse).value == pytest.approx(1.25, rel=0.01)


def test_an_interval_that_touches_the_limit_is_open() -> None:
    assert CPU.judge(Ratio(1.1, 1.05, 1.2)) is Outcome.OPEN
    assert CPU.judge(Ratio(1.0, 0.9, 1.05)) is Outcome.OPEN
    assert CPU.judge(Ratio(1.2, None, None)) is Outcome.OPEN


def test_there_is_no_harm_without_a_pair() -> None:
    with pytest.raises(ValueError, match="there is no ratio of"):
        sequential.harm(CPU, [])
