"""The runs of one group taken together: the median of each headline figure, and its spread."""

from collections.abc import Sequence

import numpy as np

from harness.compare import statistics
from harness.record.metrics import HEADLINE, Metric
from harness.record.models import Record, Result


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
    """The runs of a group, those of them that are not valid with their reasons, and the figures.

    Figures are those of the valid runs.
    """

    name: str
    runs: tuple[str, ...]
    not_valid: dict[str, tuple[str, ...]]
    figures: tuple[MetricSpread, ...]


def summarize(name: str, results: Sequence[Result]) -> Group:
    """Summarize the runs of a group."""
    valid = [result for result in results if result.status == "valid"]
    return Group(
        name=name,
        runs=tuple(result.run_id for result in results),
        not_valid={r.run_id: r.reasons for r in results if r.status != "valid"},
        figures=tuple(_figure(metric, valid) for metric in HEADLINE),
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
