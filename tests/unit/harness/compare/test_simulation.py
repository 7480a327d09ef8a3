"""Simulated checks: how often they cry wolf, and how often they sleep."""

import numpy as np
import pytest

from harness.compare import simulation
from harness.compare.sequential import Limit
from harness.record.noise_record import Noise

LIMITS = (
    Limit("rate", higher_is_better=True, worse=1 / 0.9),
    Limit("cpu", higher_is_better=False, worse=1.05),
)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer checks than a baseline's: a table of those takes some ten seconds."""
    monkeypatch.setattr(simulation, "CHECKS", 200)
    monkeypatch.setattr(simulation, "RESAMPLES", 20)


def noise(rate: float, cpu: float) -> Noise:
    generator = np.random.default_rng(7)
    pairs = [
        {"rate": generator.normal(0, rate), "cpu": generator.normal(0, cpu)} for _ in range(30)
    ]
    return Noise(pair_s=100.0, pairs=tuple(pairs))


def test_without_noise_three_pairs_settle_it() -> None:
    quiet = Noise(pair_s=100.0, pairs=({"rate": 0.0, "cpu": 0.0},))

    equal = simulation.simulate_checks(quiet, LIMITS, 0.0)
    slower = simulation.simulate_checks(quiet, LIMITS, 0.15)

    assert (equal.fine, equal.pairs) == (1, 3)
    assert (slower.regression, slower.pairs) == (1, 6)


def test_noise_makes_it_take_longer_and_seldom_wrong() -> None:
    noisy = noise(rate=0.08, cpu=0.04)

    equal = simulation.simulate_checks(noisy, LIMITS, 0.0)
    slower = simulation.simulate_checks(noisy, LIMITS, 0.15)

    assert equal.regression < 0.02
    assert slower.regression > 0.95
    assert 3 < equal.pairs < 12
    for rates in (equal, slower):
        assert rates.regression + rates.fine + rates.inconclusive == pytest.approx(1)


def test_a_slow_down_at_the_limit_is_left_open() -> None:
    rates = simulation.simulate_checks(noise(rate=0.05, cpu=0.02), LIMITS, 0.05)
    assert rates.inconclusive > 0.5


def test_the_interval_is_wider_with_fewer_recorded_pairs() -> None:
    noisy = noise(rate=0.14, cpu=0.14)
    few = noisy.model_copy(update={"pairs": noisy.pairs[:6]})
    many = noisy.model_copy(update={"pairs": noisy.pairs[:6] * 10})

    wide, narrow = (simulation.simulate_checks(one, LIMITS, 0.15) for one in (few, many))
    assert (wide.recorded, narrow.recorded) == (6, 60)
    for rates in (wide, narrow):
        assert rates.low <= rates.regression <= rates.high
    assert wide.high - wide.low > narrow.high - narrow.low


def test_no_false_alarm_among_some_checks_is_not_proof_of_none() -> None:
    quiet = Noise(pair_s=100.0, pairs=({"rate": 0.0, "cpu": 0.0},))
    assert simulation.simulate_checks(quiet, LIMITS, 0.0).high == pytest.approx(0.019, abs=0.001)


def test_slow_pairs_leave_time_for_few() -> None:
    noisy = noise(rate=0.08, cpu=0.08)
    slow = noisy.model_copy(update={"pair_s": 400.0})

    assert simulation.simulate_checks(slow, LIMITS, 0.15).pairs <= 3
    found = [simulation.simulate_checks(one, LIMITS, 0.15).regression for one in (slow, noisy)]
    assert found[0] < found[1]


def test_there_is_nothing_to_draw_from() -> None:
    with pytest.raises(ValueError, match="no pairs were recorded"):
        simulation.simulate_checks(Noise(pair_s=100.0, pairs=()), LIMITS, 0.0)
