"""Simulated checks: how often they cry wolf, and how often they sleep."""

from __future__ import annotations

import numpy as np
import pytest

from harness.compare import simulation
from harness.compare.sequential import Limit
from harness.record.baseline import Noise

LIMITS = (
    Limit("rate", higher_is_better=True, worse=1 / 0.9),
    Limit("cpu", higher_is_better=False, worse=1.05),
)


def noise(rate: float, cpu: float) -> Noise:
    generator = np.random.default_rng(7)
    pairs = [
        {"rate": generator.normal(0, rate), "cpu": generator.normal(0, cpu)} for _ in range(30)
    ]
    return Noise(pair_s=100.0, pairs=tuple(pairs))


def test_without_noise_three_pairs_settle_it() -> None:
    quiet = Noise(pair_s=100.0, pairs=({"rate": 0.0, "cpu": 0.0},))

    equal = simulation.rates(quiet, LIMITS, 0.0, checks=20)
    slower = simulation.rates(quiet, LIMITS, 0.15, checks=20)

    assert (equal.fine, equal.pairs) == (1, 3)
    assert (slower.regression, slower.pairs) == (1, 6)


def test_noise_makes_it_take_longer_and_seldom_wrong() -> None:
    noisy = noise(rate=0.08, cpu=0.04)

    equal = simulation.rates(noisy, LIMITS, 0.0, checks=200)
    slower = simulation.rates(noisy, LIMITS, 0.15, checks=200)

    assert equal.regression < 0.02
    assert slower.regression > 0.95
    assert 3 < equal.pairs < 12
    for rates in (equal, slower):
        assert rates.regression + rates.fine + rates.inconclusive == pytest.approx(1)


def test_a_slow_down_at_the_limit_is_left_open() -> None:
    rates = simulation.rates(noise(rate=0.05, cpu=0.02), LIMITS, 0.05, checks=100)
    assert rates.inconclusive > 0.5


def test_there_is_nothing_to_draw_from() -> None:
    with pytest.raises(ValueError, match="no pairs were recorded"):
        simulation.rates(Noise(pair_s=100.0, pairs=()), LIMITS, 0.0)
