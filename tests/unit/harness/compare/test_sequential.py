"""When the pairs made so far settle a limit."""

import pytest

from harness.compare import sequential
from harness.compare.sequential import Limit, Pair
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


def outcome_of(limits: list[Limit], made: list[Pair]) -> LimitOutcome:
    return sequential.summarize_outcomes(sequential.judge_pairs(limits, made))


def test_equals_are_fine() -> None:
    assert outcome_of([CPU, RATE], pairs()) is LimitOutcome.FINE


@pytest.mark.parametrize(("cpu", "rate"), [(1.15, 1.0), (1.0, 0.8), (1.15, 0.8)])
def test_one_metric_is_enough_for_a_regression(cpu: float, rate: float) -> None:
    assert outcome_of([CPU, RATE], pairs(cpu, rate)) is LimitOutcome.REGRESSION


@pytest.mark.parametrize(("cpu", "rate"), [(0.7, 1.0), (1.0, 1.5), (1.03, 0.95)])
def test_better_or_within_the_limit_is_fine(cpu: float, rate: float) -> None:
    assert outcome_of([CPU, RATE], pairs(cpu, rate)) is LimitOutcome.FINE


def test_an_interval_about_the_limit_is_open() -> None:
    wide = (0.8, 1.25, 1.0)

    assert outcome_of([CPU, RATE], pairs(noise=wide)) is LimitOutcome.OPEN
    assert outcome_of([CPU], pairs(cpu=1.05)) is LimitOutcome.OPEN


def test_too_few_pairs_are_open() -> None:
    assert outcome_of([CPU], pairs(cpu=2.0)[:2]) is LimitOutcome.OPEN


def test_harm_is_above_one_whichever_direction_is_worse() -> None:
    assert CPU.harm([0.5] * 3, [0.625] * 3).value == pytest.approx(1.25)
    assert RATE.harm([3000.0] * 3, [2400.0] * 3).value == pytest.approx(1.25)


def test_an_interval_that_touches_the_limit_is_open() -> None:
    assert CPU.judge(Ratio(1.1, 1.05, 1.2)) is LimitOutcome.OPEN
    assert CPU.judge(Ratio(1.0, 0.9, 1.05)) is LimitOutcome.OPEN
    assert CPU.judge(Ratio(1.2, None, None)) is LimitOutcome.OPEN


def test_there_is_no_harm_without_a_pair() -> None:
    with pytest.raises(ValueError, match="there is no ratio of"):
        CPU.harm([], [])


def test_the_limits_that_are_broken_are_told() -> None:
    assert sequential.judge_pairs([CPU, RATE], pairs(cpu=1.15)) == {
        CPU: LimitOutcome.REGRESSION,
        RATE: LimitOutcome.FINE,
    }


class TestBatch:
    def test_ends_as_soon_as_all_is_settled(self) -> None:
        made = iter(pairs(noise=(*NOISE, 1.0)))
        assert sequential.make_batch([CPU, RATE], lambda: next(made)) == {
            CPU: LimitOutcome.FINE,
            RATE: LimitOutcome.FINE,
        }
        assert len([*made]) == 1

    def test_ends_with_the_last_pair(self) -> None:
        made = iter(pairs(cpu=1.05, noise=(1.0,) * (sequential.MOST + 1)))
        outcomes = sequential.make_batch([CPU], lambda: next(made))
        assert (outcomes, len([*made])) == ({CPU: LimitOutcome.OPEN}, 1)

    def test_begins_no_pair_when_the_time_is_up(self) -> None:
        left = iter((True, True, False))
        made = iter(pairs(cpu=1.05))
        outcomes = sequential.make_batch([CPU], lambda: next(made), lambda: next(left))
        assert (outcomes, len([*made])) == ({CPU: LimitOutcome.OPEN}, 1)
