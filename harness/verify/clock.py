"""The machine's clock: whether somebody set it while a run was under way."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from harness.monitor.series import Look
from harness.record.models import Check
from harness.verify import checks

# NTP slews a clock by 0.5 ms a second at the most (adjtimex(2)), and both readings of a look are
# taken one after the other: what is more than this is no drift and no wait for the CPU.
STEP_S = 1.0


def check(looks: Sequence[Look]) -> Check:
    """The clock was not set: latencies are differences of its readings, ab's own among them."""
    return checks.check("times the clock was set", "0", checks.listed(_steps(looks)))


def _steps(looks: Sequence[Look]) -> list[str]:
    """By how much the clock was set between two looks, and when it was seen."""
    found = []
    for before, after in itertools.pairwise(looks):
        passed_s = after.elapsed_s - before.elapsed_s
        step_s = (after.time_ms - before.time_ms) / 1000 - passed_s
        if abs(step_s) >= STEP_S:
            way = "forward" if step_s > 0 else "back"
            found.append(f"{way} by {abs(step_s):,.1f} s, seen after {after.elapsed_s:,.1f} s")
    return found
