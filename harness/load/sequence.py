"""A load of one call after another, by ab."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.config import load_plan, model
from harness.load import ab, ab_latency, child, result
from harness.record import models


def send(
    calls: Sequence[load_plan.PlannedCall],
    load: model.LoadSettings,
    port: int,
    folder: Path,
    watch: result.Watch,
    wrap: child.Wrap = list,
) -> result.LoadResult:
    """Make the calls in their order against the app on `port`; ab's files go to `folder`.

    `wrap` makes ab's command line one that executes it within the budget.

    `watch` is called about every 0.5 s and after each call; what it raises ends ab and is passed
    on. The first call that ab does not finish is the last; ab is killed when `load.timeout_s`
    runs out.
    """
    folder.mkdir(exist_ok=True)
    deadline = time.monotonic() + load.timeout_s
    total = sum(call.requests for call in calls)
    done = 0
    outcomes: list[ab.CallOutcome] = []
    for number, call in enumerate(calls, 1):
        tell = partial(_tell, watch, call.path, total, done)
        outcomes.append(
            ab.run_call(call, load, port, ab.AbFiles.of_call(folder, number), tell, deadline, wrap)
        )
        if outcomes[-1].summary is None:
            break
        done += call.requests
        tell(call.requests)
    return _create_result(outcomes, calls, load)


def _tell(watch: result.Watch, path: str, total: int, before: int, answered: int) -> None:
    watch(path, before + answered, total)


def _create_result(
    outcomes: Sequence[ab.CallOutcome],
    calls: Sequence[load_plan.PlannedCall],
    load: model.LoadSettings,
) -> result.LoadResult:
    records = tuple(outcome.record() for outcome in outcomes)
    started, ended = outcomes[0].ended.started, outcomes[-1].ended.ended
    cpu_s = sum(outcome.ended.cpu_s for outcome in outcomes)
    reasons = [reason for outcome in outcomes if (reason := outcome.reason())]
    if len(outcomes) < len(calls):
        reasons.append(f"{len(calls) - len(outcomes)} of {len(calls)} calls were not made")
    return result.LoadResult(
        models.Load(
            tool="ab",
            loop="closed",
            connections=load.concurrency,
            keep_alive=load.keep_alive,
            requests=sum(call.requests for call in calls),
            succeeded=sum(outcome.succeeded() for outcome in outcomes),
            failed=sum(call.failed for call in records),
            non_2xx=sum(call.non_2xx for call in records),
            duration_s=ended - started,
            calls=records,
            cpu_share=result.compute_cpu_share(cpu_s, ended - started),
        ),
        partial(_read_latency_ms, [outcome.files for outcome in outcomes if outcome.summary]),
        started,
        ended,
        cpu_s,
        tuple(reasons),
    )


def _read_latency_ms(finished: Sequence[ab.AbFiles]) -> NDArray[np.float64]:
    """Return the latency of each complete request of the calls that ab finished."""
    read = [ab_latency.read_latency_ms(files.percentiles, files.requests) for files in finished]
    return np.concatenate([np.empty(0), *read])
