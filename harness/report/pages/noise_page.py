"""A host's noise and what it makes of checks, in tables, from the recorded pairs alone."""

import math
from collections.abc import Sequence

import numpy as np

from harness.compare import sequential, simulation
from harness.record.check_record import Rates
from harness.record.metrics import METRICS
from harness.record.noise_record import Baseline, Noise
from harness.report.render.document import Report, Section, Table

FALSE_ALARMS = 0.02
FOUND = 0.95


def create_noise_page(baseline: Baseline) -> Report:
    """Create a baseline's page; raise UsageError where no pair was recorded."""
    noise = simulation.select_noise(baseline)
    rates = simulation.simulate_slowdowns(noise)
    return Report(
        title=f"Baseline of {baseline.series}",
        summary=(
            f"{rates[0].recorded} pairs of runs of equal code in {len(baseline.sittings)} "
            f"sittings, on host {baseline.conditions['environment.host.fingerprint']}."
        ),
        reasons=(),
        sections=(
            Section(
                "Error rates of a check", (describe_promise(rates),), (create_rates_table(rates),)
            ),
            Section("Noise of a pair", (), (_spread(noise),)),
        ),
    )


def create_rates_table(rates: Sequence[Rates]) -> Table:
    """Create the table of check results, a row for each slow-down."""
    headers = ("slow-down", "fails (1)", "95 % interval", "passes (0)", "not settled (7)", "pairs")
    rows = (
        (
            f"{one.slowdown:.0%}".replace("%", " %"),
            _percent(one.regression),
            f"{_percent(one.low)} to {_percent(one.high)}",
            _percent(one.fine),
            _percent(one.inconclusive),
            f"{one.pairs:.1f}",
        )
        for one in rates
    )
    return Table(headers, tuple(rows), "rrrrrr")


def describe_promise(rates: Sequence[Rates]) -> str:
    """Describe whether checks here keep their promise on false alarms and slow-downs found."""
    equal, slower = (
        next(one for one in rates if one.slowdown == slowdown) for slowdown in simulation.PROMISED
    )
    return (
        f"By {equal.recorded} recorded pairs of equal code, a check here fails "
        f"{_percent(equal.regression)} of changes that change nothing "
        f"({_word(equal.regression < FALSE_ALARMS, equal.high < FALSE_ALARMS)}: under 2 %) "
        f"and {_percent(slower.regression)} of those that are 15 % slower "
        f"({_word(slower.regression > FOUND, slower.low > FOUND)}: over 95 %)."
    )


def _word(kept: bool, surely: bool) -> str:
    if not kept:
        return "THE PROMISE IS NOT KEPT"
    return "as promised" if surely else "as promised, but so few pairs do not prove it"


def _spread(noise: Noise) -> Table:
    """Create the table of how far ratios of equal code are from 1, by metric."""
    rows = []
    for limit in sequential.list_limits():
        logarithms = np.array([pair[limit.metric] for pair in noise.pairs])
        rows.append(
            (
                METRICS[limit.metric].title,
                # Of equals the mean is 0.
                f"{math.sqrt(float((logarithms**2).mean())):.3f}",
                f"{math.exp(float(np.abs(logarithms).max())):.3f}",
                f"{limit.worse:.3f}",
            )
        )
    headers = ("metric", "standard deviation of the logarithm", "largest ratio", "limit")
    return Table(headers, tuple(rows), "lrrr")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
