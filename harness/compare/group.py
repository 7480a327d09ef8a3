"""The runs of one group taken together: the median of each headline figure, and its spread."""

from collections.abc import Sequence

import numpy as np

from harness.compare import statistics
from harness.record.metrics import HEADLINE, Metric
from harness.record.models import MarkName, Record, Result


class MetricSpread(Record):
    """One metric over the runs that measured it; `spread` is the range by the median.

    It is `too_wide` where it is above the metric's limit: a change of that size would not show in
    these runs. Null where the metric has no limit, or no spread.
    """

    metric: str
    runs: int
    median: float | None
    smallest: float | None
    largest: float | None
    spread: float | None
    too_wide: bool | None


class Group(Record):
    """The runs of a group, those that are not valid or marked with the reasons, and the figures.

    Figures are those of the valid runs that have no mark.
    """

    name: str
    runs: tuple[str, ...]
    not_valid: dict[str, tuple[str, ...]]
    marked: dict[str, dict[MarkName, str]]
    figures: tuple[MetricSpread, ...]


def summarize(name: str, results: Sequence[Result]) -> Group:
    """Summarize the runs of a group."""
    counted = [result for result in results if result.status == "valid" and not result.marks]
    return Group(
        name=name,
        runs=tuple(result.run_id for result in results),
        not_valid={r.run_id: r.reasons for r in results if r.status != "valid"},
        marked={r.run_id: r.marks for r in results if r.marks},
        figures=tuple(_figure(metric, counted) for metric in HEADLINE),
    )


def _figure(metric: Metric, results: Sequence[Result]) -> MetricSpread:
    values = [value for result in results if (value := metric.value(result)) is not None]
    has_spread = len(values) > 1 and min(values) > 0
    spread = statistics.measure_spread(values) if has_spread else None
    return MetricSpread(
        metric=metric.name,
        runs=len(values),
        median=float(np.median(values)) if values else None,
        smallest=min(values, default=None),
        largest=max(values, default=None),
        spread=spread,
        too_wide=None if spread is None or metric.limit is None else spread > metric.limit,
    )
