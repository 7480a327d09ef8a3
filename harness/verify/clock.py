"""The machine's clock: whether somebody set it while a run was under way."""

import itertools
from collections.abc import Sequence

from harness.record.models import Check
from harness.verify import checks

Reading = tuple[float, int]
"""Seconds since the run's start, by time.monotonic, and Unix time in milliseconds."""

# NTP slews a clock by 0.5 ms a second at the most (adjtimex(2)), and both values of a reading are
# taken one after the other: a larger step is no drift and no wait for the CPU.
STEP_S = 1.0


def check(readings: Sequence[Reading]) -> Check:
    """Check that the clock was not set: latencies are differences of its readings, ab's too."""
    return checks.create_check("times the clock was set", "0", checks.format_list(_steps(readings)))


def _steps(readings: Sequence[Reading]) -> list[str]:
    """Return by how much the clock was set between two readings, and when that was noticed."""
    steps = []
    for (before_s, before_ms), (after_s, after_ms) in itertools.pairwise(readings):
        step_s = (after_ms - before_ms) / 1000 - (after_s - before_s)
        if abs(step_s) >= STEP_S:
            way = "forward" if step_s > 0 else "back"
            steps.append(f"{way} by {abs(step_s):,.1f} s, seen after {after_s:,.1f} s")
    return steps
