"""A load of all calls interleaved, by a libcurl client that goes on after failed requests."""

import csv
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.config import load_plan, model
from harness.load import child, schedule
from harness.load.result import LoadResult, RequestResult, Watch, compute_cpu_share
from harness.record import latency, models

ANSWER_WITHIN_S = 10.0
"""A request without its whole answer by then has timed out; the app promises one in 2 s."""

LATE_MS = 10.0
"""A request begun so long after it was due is late: about half the time of an answer."""

COLUMNS = ("request", "second", "due_s", "ready_s", "begun_s", "ended_s", "sent", "outcome")

WORDS = {
    "answered_503": "answered with 503",
    "answered_other": "answered with another status",
    "refused": "refused a connection",
    "reset": "broken off",
    "timed_out": f"without an answer in {ANSWER_WITHIN_S:g} s",
    "unfinished": "not ended",
}


def send(
    calls: Sequence[load_plan.PlannedCall],
    load: model.LoadSettings,
    seed: int,
    port: int,
    folder: Path,
    watch: Watch,
    wrap: child.Wrap = list,
) -> LoadResult:
    """Send the calls' requests, interleaved by `seed`, to the app on `port`.

    The schedule and the client's files go to `folder`. `wrap` makes its command line one that
    executes it within the budget.

    `watch` is called about every 0.5 s; what it raises ends the client and is passed on. The
    client is killed when `load.timeout_s` runs out.
    """
    folder.mkdir(exist_ok=True)
    schedule_path, outcomes_path = folder / "schedule.tsv", folder / "outcomes.tsv"
    output_path, errors_path = folder / "client.out", folder / "client.err"
    requests = schedule.interleave(calls, seed, load.rate_per_s)
    schedule.write_schedule(schedule_path, requests)
    outcomes_path.write_text("\t".join(COLUMNS) + "\n", encoding="utf-8")
    with outcomes_path.open(encoding="utf-8") as outcomes:
        outcomes.readline()
        done = 0

        def tell() -> None:
            nonlocal done
            done += outcomes.read().count("\n")
            watch("all calls, interleaved", done, len(requests))

        command = wrap(build_command(load, port, schedule_path, outcomes_path))
        deadline = time.monotonic() + load.timeout_s
        ended = child.run(command, output_path, errors_path, tell, deadline)
        tell()
    results = read_results(outcomes_path, requests)
    cpu_s = float(output_path.read_text("ascii")) if ended.code == 0 else None
    return _create_result(calls, load, ended, cpu_s, results, errors_path)


def build_command(
    load: model.LoadSettings, port: int, schedule_path: Path, outcomes_path: Path
) -> list[str]:
    """Return the client's command line."""
    return [
        *(sys.executable, "-m", "harness.load.client"),
        *("--url", f"http://127.0.0.1:{port}", "--host", load_plan.HOST),
        *("--connections", str(load.concurrency), "--within", str(ANSWER_WITHIN_S)),
        *(("--keep-alive",) if load.keep_alive else ()),
        *(str(schedule_path), str(outcomes_path)),
    ]


def read_results(
    outcomes: Path, requests: Sequence[schedule.ScheduledRequest]
) -> list[RequestResult]:
    """Return the results that the client wrote of a schedule's requests."""
    with outcomes.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t")
        next(rows)
        return [
            RequestResult(
                requests[int(number)].call,
                *(float(due), float(ready), float(begun), float(ended)),
                *(sent == "1", outcome),
            )
            for number, _, due, ready, begun, ended, sent, outcome in rows
        ]


def _create_result(
    calls: Sequence[load_plan.PlannedCall],
    load: model.LoadSettings,
    ended: child.Ended,
    cpu_s: float | None,
    results: Sequence[RequestResult],
    errors_path: Path,
) -> LoadResult:
    total = sum(call.requests for call in calls)
    answered = sum(result.answered for result in results)
    outcomes = _count_outcomes(total, results)
    # Starting Python is no part of the load.
    first = min((result.begun for result in results), default=ended.started)
    last = max((result.ended for result in results), default=ended.ended)
    return LoadResult(
        models.Load(
            tool="pycurl",
            loop="open" if load.rate_per_s else "closed",
            connections=load.concurrency,
            keep_alive=load.keep_alive,
            requests=total,
            succeeded=outcomes.answered_2xx,
            failed=total - answered,
            non_2xx=answered - outcomes.answered_2xx,
            duration_s=last - first,
            calls=_list_records(calls, results),
            rate_per_s=load.rate_per_s,
            outcomes=outcomes,
            lateness=measure_lateness(results) if load.rate_per_s else None,
            cpu_share=compute_cpu_share(cpu_s, last - first),
        ),
        partial(measure_latency_ms, results),
        first,
        last,
        ended.cpu_s,
        (*_list_tool_failure(ended, errors_path), *_list_request_failures(outcomes, total)),
        tuple(results),
    )


def _count_outcomes(total: int, results: Sequence[RequestResult]) -> models.Outcomes:
    counts = Counter(result.kind() for result in results)
    counts["unfinished"] = total - len(results)
    counts["in_doubt"] = sum(result.in_doubt for result in results)
    return models.Outcomes(**{name: counts[name] for name in models.Outcomes.model_fields})


def _list_records(
    calls: Sequence[load_plan.PlannedCall], results: Sequence[RequestResult]
) -> tuple[models.Call, ...]:
    """Return the record of each call, without a duration, as calls are interleaved."""
    results_of = defaultdict(list)
    for result in results:
        results_of[result.call].append(result)
    return tuple(_create_record(call, results_of[call]) for call in calls)


def _create_record(call: load_plan.PlannedCall, results: Sequence[RequestResult]) -> models.Call:
    answered = [result.outcome for result in results if result.answered]
    return models.Call(
        path=call.path,
        event_type=call.event_type,
        requests=call.requests,
        complete=len(answered),
        failed=call.requests - len(answered),
        non_2xx=sum(not status.startswith("2") for status in answered),
        in_doubt=sum(result.in_doubt for result in results),
        duration_s=None,
    )


def measure_lateness(results: Sequence[RequestResult]) -> models.Lateness | None:
    """Return how late requests were begun; None where none was begun."""
    late_ms = np.array([1000 * (result.begun - result.due) for result in results])
    begun = latency.compute_percentiles(late_ms)
    if begun is None:
        return None
    held_ms = np.array([1000 * (result.begun - result.ready) for result in results])
    return models.Lateness(
        begun_ms=begun,
        bound_ms=LATE_MS,
        late_share=float(np.mean(late_ms > LATE_MS)),
        generator_share=float(np.mean(held_ms > LATE_MS)),
    )


def measure_latency_ms(results: Sequence[RequestResult]) -> NDArray[np.float64]:
    """Return the time from when each answered request was due until its answer."""
    return np.array([1000 * (end.ended - end.due) for end in results if end.answered])


def _list_tool_failure(ended: child.Ended, errors_path: Path) -> Iterator[str]:
    """Yield the failure of the client itself, where it failed."""
    if ended.code:
        lines = errors_path.read_text(encoding="utf-8", errors="replace").splitlines()
        yield f"the load tool did not finish: {ended.how()} ({(lines or ['no error output'])[-1]})"


def _list_request_failures(outcomes: models.Outcomes, total: int) -> Iterator[str]:
    """Yield the failures of the requests in one line, where there were any."""
    counts = outcomes.model_dump()
    amiss = [f"{counts[name]:,} {words}" for name, words in WORDS.items() if counts[name]]
    if amiss:
        yield f"of {total:,} requests: {', '.join(amiss)}"
