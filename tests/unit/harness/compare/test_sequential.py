"""When the pairs made so far settle a limit."""

import pytest

from harness.compare import sequential
from harness.compare.sequential import Batch, Limit, Pair
from harness.compare.statistics import Ratio
from harness.record.check_record import LimitOutcome

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
    assert Batch([CPU, RATE], pairs()).outcome is LimitOutcome.FINE


@pytest.mark.parametrize(("cpu", "rate"), [(1.15, 1.0), (1.0, 0.8), (1.15, 0.8)])
def test_one_metric_is_enough_for_a_regression(cpu: float, rate: float) -> None:
    assert Batch([CPU, RATE], pairs(cpu, rate)).outcome is LimitOutcome.REGRESSION


@pytest.mark.parametrize(("cpu", "rate"), [(0.7, 1.0), (1.0, 1.5), (1.03, 0.95)])
def test_better_or_within_the_limit_is_fine(cpu: float, rate: float) -> None:
    assert Batch([CPU, RATE], pairs(cpu, rate)).outcome is LimitOutcome.FINE


def test_an_interval_about_the_limit_is_open() -> None:
    wide = (0.8, 1.25, 1.0)

    assert Batch([CPU, RATE], pairs(noise=wide)).outcome is LimitOutcome.OPEN
    assert Batch([CPU], pairs(cpu=1.05)).outcome is LimitOutcome.OPEN


def test_too_few_pairs_are_open() -> None:
    assert Batch([CPU], pairs(cpu=2.0)[:2]).outcome is LimitOutcome.OPEN


def test_harm_is_above_one_whichever_direction_is_worse() -> None:
    worse = pairs(cpu=1.25, rate=0.8)

    assert Batch([CPU], worse).harm(CPU).value == pytest.approx(1.25, rel=0.01)
    assert Batch([RATE], worse).harm(RATE).value == pytest.approx(1.25, rel=0.01)


def test_an_interval_that_touches_the_limit_is_open() -> None:
    assert CPU.judge(Ratio(1.1, 1.05, 1.2)) is LimitOutcome.OPEN
    assert CPU.judge(Ratio(1.0, 0.9, 1.05)) is LimitOutcome.OPEN
    assert CPU.judge(Ratio(1.2, None, None)) is LimitOutcome.OPEN


def test_there_is_no_harm_without_a_pair() -> None:
    with pytest.raises(ValueError, match="there is no ratio of"):
        Batch([CPU], []).harm(CPU)


def test_the_limits_that_are_broken_are_told() -> None:
    assert Batch([CPU, RATE], pairs(cpu=1.15)).regressed == [CPU]


class TestBatch:
    def test_ends_as_soon_as_all_is_settled(self) -> None:
        made = iter(pairs())
        batch = sequential.make_batch([CPU, RATE], lambda: next(made))
        assert (batch.outcome, len(batch.pairs)) == (LimitOutcome.FINE, 3)

    def test_ends_with_the_last_pair(self) -> None:
        (pair,) = pairs(cpu=1.05, noise=(1.0,))
        batch = sequential.make_batch([CPU], lambda: pair)
        assert (batch.outcome, len(batch.pairs)) == (LimitOutcome.OPEN, sequential.MOST)

    def test_begins_no_pair_when_the_time_is_up(self) -> None:
        left = iter((True, True, False))
        made = iter(pairs(cpu=1.05))
        batch = sequential.make_batch([CPU], lambda: next(made), lambda: next(left))
        assert (batch.outcome, len(batch.pairs)) == (LimitOutcome.OPEN, 2)
