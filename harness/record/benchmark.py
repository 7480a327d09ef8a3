"""benchmark.json: a valid run's times in the format of pytest-benchmark, for what reads that.

Each metric that is a time or a rate is a benchmark of one round, since one run is one measurement:
its smallest, largest and mean are the same, and its deviation is 0 for want of another. A rate of
events is the time per event, over as many iterations as there were events.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pytest_benchmark
from pytest_benchmark.stats import Stats

from harness.record import metrics, models

RATES: Collection[metrics.Unit] = {"events/s", "events/CPU-s"}
# Seconds in what a value counts.
TIMES: Mapping[metrics.Unit, float] = {"s": 1, "ms": 1e-3, "CPU-s/1,000 events": 1e-3}


def render_benchmark(result: models.Result) -> str:
    """Return the text of benchmark.json for a valid run."""
    place = result.environment
    page = {
        "machine_info": {**place.host.model_dump(), **place.versions},
        "commit_info": {"id": place.git.commit, "dirty": place.git.dirty},
        "benchmarks": [*_benchmarks(result)],
        "datetime": result.started_utc.isoformat(),
        "version": pytest_benchmark.__version__,
    }
    return json.dumps(page, indent=2) + "\n"


def _benchmarks(result: models.Result) -> Iterator[dict[str, Any]]:
    events = 1 if result.load is None else result.load.succeeded
    for metric in metrics.METRICS.values():
        value = metric.value(result)
        # A rate of 0 has no time.
        if value and metric.unit in RATES:
            yield _benchmark(metric, 1 / value, events, result.marks)
        elif value is not None and metric.unit in TIMES:
            seconds = TIMES[metric.unit] * value
            iterations = events if "events" in metric.unit else 1
            yield _benchmark(metric, seconds, iterations, result.marks)


def _benchmark(
    metric: metrics.Metric, seconds: float, iterations: int, marks: Iterable[str]
) -> dict[str, Any]:
    """Return a benchmark of one round that took `seconds` for each iteration.

    One of a run that is marked has another name: what compares by names leaves it out.
    """
    stats = Stats()
    stats.update(seconds)
    name = metric.name + "".join(f"[{mark}]" for mark in marks)
    return {
        # A table a metric: they are not to be compared with each other.
        "group": metric.name,
        "name": name,
        "fullname": name,
        "params": None,
        "param": None,
        "extra_info": {"description": metric.description, "unit": metric.unit},
        "options": {},
        "stats": {**stats.as_dict(), "data": stats.data, "iterations": iterations},
    }
