"""The memory search: the smallest limit under which a profile is still valid, by bisection."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.record.metrics import METRICS
from harness.record.models import Result
from harness.report.render import document, formats
from harness.system import units

STEP = 64 * units.MIB
THROUGHPUT = METRICS["queryable_per_s"]


@dataclass(frozen=True, slots=True)
class Probe:
    """One run under one memory limit, in bytes."""

    limit: int
    result: Result

    @property
    def holds(self) -> bool:
        """Return whether the run was valid and within its budget."""
        return self.result.status == "valid" and self.result.budget.within is True


def search_limit(most: int, holds: Callable[[int], bool], step: int = STEP) -> int | None:
    """Return the smallest limit that holds, in bytes: `most`, or a multiple of `step` below it.

    None where `most` does not hold. A limit below one that fails is taken to fail. Halving finds a
    limit that fails, then the gap is bisected.
    """
    if not holds(most):
        return None
    # In steps; one at the top that is no whole step stands for `most` itself.
    good, bad = -(-most // step), 0
    below = good // 2
    while below > 0 and bad == 0:
        if holds(below * step):
            good, below = below, below // 2
        else:
            bad = below
    while good - bad > 1:
        middle = (good + bad) // 2
        if holds(middle * step):
            good = middle
        else:
            bad = middle
    return min(good * step, most)


def report(probes: Sequence[Probe], least: int | None) -> document.Section:
    """Return every probe, by its limit, and the result in words."""
    ordered = sorted(probes, key=lambda probe: -probe.limit)
    headers = (
        *("limit, MiB", "verdict", "gave way", "charged peak, MiB"),
        *("anonymous peak, MiB", THROUGHPUT.title, "run"),
    )
    table = document.Table(headers, tuple(map(_row, ordered)), "rllrrrl")
    return document.Section("Squeeze", (_words(ordered, least),), (table,))


def _row(probe: Probe) -> tuple[str, ...]:
    result = probe.result
    return (
        units.format_mib(probe.limit),
        result.verdict if probe.holds else result.status,
        units.NONE if probe.holds else _gave_way(result),
        units.format_optional(result.budget.memory_peak_bytes, units.format_mib, units.NONE),
        units.format_optional(result.budget.anonymous_peak_bytes, units.format_mib, units.NONE),
        formats.format_figure(THROUGHPUT, THROUGHPUT.value(result)),
        result.run_id,
    )


def _gave_way(result: Result) -> str:
    """Return the services that lost a process, or else the first reason of the run."""
    killed = result.budget.oom_kills_by_service
    return ", ".join(killed) or (
        result.reasons[0].partition("\n")[0] if result.reasons else units.NONE
    )


def _words(ordered: Sequence[Probe], least: int | None) -> str:
    profile = ordered[0].result.profile
    if least is None:
        return (
            f"The profile {profile} is not valid within {units.format_mib(ordered[0].limit)} MiB:"
            f" {_gave_way(ordered[0].result)} gave way."
        )
    words = f"The profile {profile} is valid within {units.format_mib(least)} MiB and more."
    below = [probe for probe in ordered if probe.limit < least]
    if below:
        words += (
            f" With {units.format_mib(below[0].limit)} MiB {_gave_way(below[0].result)} gave way."
        )
    return words
