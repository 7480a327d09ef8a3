"""What was slowest in a run and what to look at next, picked from its figures by rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from harness.record.curves import Curves
from harness.record.metrics import METRICS
from harness.record.models import Counts, Result
from harness.report.render import formats
from harness.report.render.document import Section, Table

# The start of the load tool weighs on calls of fewer requests.
ENOUGH_REQUESTS = 1_000
# From this share of the vCPUs on, CPU is what limits the throughput.
BUSY = 0.85
# Answers of which one in a hundred takes so many times the median have a tail.
TAIL = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked for, what was found, its figure, and where to look."""

    name: str
    found: str
    figure: str
    look: str


def section(found: tuple[Finding, ...]) -> Section:
    """The findings as a table."""
    if not found:
        return Section("What to look at next", ("Nothing was measured.",))
    line = (
        "Picked by rules from the figures below: the largest or the slowest of each kind, and what "
        "stands in the way of a better run."
    )
    rows = tuple((one.name, one.found, one.figure, one.look) for one in found)
    return Section("What to look at next", (line,), (Table(("", "", "", "look at"), rows, "llrl"),))


def find(result: Result, curves: Curves) -> tuple[Finding, ...]:
    """The findings, what is wrong first; what was not measured is not among them."""
    return tuple(_all(result, curves))


def _all(result: Result, curves: Curves) -> Iterator[Finding]:
    if result.counts is not None:
        yield from _lost(result.counts)
    yield from _limit(result)
    yield from _largest_cost(result)
    yield from _slowest_call(result)
    yield from _slowest_batch(curves)
    yield from _lag(curves)
    yield from _tail(result)
    yield from _start(result)
    yield from _longest_phase(result)
    yield from _memory(result)


def _lost(counts: Counts) -> Iterator[Finding]:
    """Between which rungs events got lost, or came to be too many."""
    rungs = {
        "the app": (counts.accepted, "logs/web.log"),
        "Kafka": (counts.kafka, "logs/kafka.log, logs/web.log"),
        "Parquet": (counts.parquet, "logs/streaming.log, logs/datanode.log"),
        "Presto": (counts.presto, "logs/presto.log, logs/metastore.log"),
    }
    names = [*rungs]
    for before, after in itertools.pairwise(names):
        change = rungs[after][0] - rungs[before][0]
        if change:
            yield Finding(
                "count ladder",
                f"from {before} to {after}",
                f"{change:+,} events",
                rungs[after][1],
            )


def _limit(result: Result) -> Iterator[Finding]:
    """Whether CPU is what limits the throughput."""
    if result.resources is None or result.load is None:
        return
    mean, vcpu = result.resources.total.cpu_cores_mean, result.budget.vcpu
    share = formats.share(mean, vcpu)
    if mean >= BUSY * vcpu:
        look = "the CPU time of the service that has most of it: CPU is the limit"
    else:
        look = "what is waited for: CPU is not the limit"
    yield Finding("CPU of the budget", "from the first request on", share, look)


def _largest_cost(result: Result) -> Iterator[Finding]:
    metric = METRICS["cpu_s_per_1000_events"]
    costs = {name: value for name, value in metric.services(result).items() if value is not None}
    if costs:
        most = max(costs, key=lambda name: costs[name])
        share = formats.share(costs[most], sum(costs.values()))
        figure = formats.text(metric, costs[most])
        look = f"where {_spoken(most)} spends it: {share} of all"
        yield Finding(metric.title, _spoken(most), figure, look)


def _slowest_call(result: Result) -> Iterator[Finding]:
    calls = result.load.calls if result.load else ()
    rates = {call: call.complete / call.duration_s for call in calls if call.duration_s}
    enough = [call for call in rates if call.complete >= ENOUGH_REQUESTS] or [*rates]
    if enough:
        slowest = min(enough, key=rates.__getitem__)
        fastest = max(enough, key=rates.__getitem__)
        look = f"logs/web.log; the fastest, {fastest.path}, has {formats.number(rates[fastest])}/s"
        figure = f"{formats.number(rates[slowest])} requests/s"
        yield Finding("slowest call", slowest.path, figure, look)


def _slowest_batch(curves: Curves) -> Iterator[Finding]:
    columns = ("batch_id", "batch_duration_ms", "batch_rows")
    rows = zip(*(curves.series.get(name, []) for name in columns), strict=True)
    # One row a look: the same batch stands in several.
    batches = {batch: (took, size) for batch, took, size in rows if took is not None and size}
    if batches:
        slowest = max(batches, key=lambda batch: batches[batch][0])
        took, size = batches[slowest]
        found = f"number {slowest:.0f}, {size:,.0f} events"
        figure = formats.seconds(took / 1000)
        yield Finding("slowest micro-batch", found, figure, "logs/streaming.log")


def _lag(curves: Curves) -> Iterator[Finding]:
    pairs = zip(curves.series.get("lag", []), curves.elapsed_s, strict=True)
    lags = [(lag, moment) for lag, moment in pairs if lag is not None]
    if lags and max(lags)[0] > 0:
        lag, moment = max(lags)
        found = f"after {formats.seconds(moment)}"
        look = "streaming's trigger and micro-batches: these events were in Kafka, not committed"
        yield Finding("largest lag", found, f"{lag:,.0f} events", look)


def _tail(result: Result) -> Iterator[Finding]:
    http = result.latency_ms.http
    if http is not None and http.p99 > TAIL * http.p50:
        times = f"{http.p99 / http.p50:.1f} times the median" if http.p50 else "the median is 0"
        look = "answers that wait for others: threads, CPU throttling"
        yield Finding("HTTP answers at p99", times, f"{formats.tenths(http.p99)} ms", look)


def _start(result: Result) -> Iterator[Finding]:
    metric = METRICS["startup_ready_s"]
    if result.startup:
        slowest = max(result.startup, key=lambda name: result.startup[name].ready_s)
        figure = formats.text(metric, result.startup[slowest].ready_s)
        yield Finding("longest start-up", _spoken(slowest), figure, f"logs/{slowest}.log")


def _longest_phase(result: Result) -> Iterator[Finding]:
    if result.phases:
        longest = max(result.phases, key=lambda phase: phase.duration_s)
        share = formats.share(longest.duration_s, result.duration_s)
        figure = formats.seconds(longest.duration_s)
        yield Finding("longest phase", longest.name, figure, f"{share} of the run")


def _memory(result: Result) -> Iterator[Finding]:
    metric = METRICS["pss_peak_bytes"]
    services = result.resources.services if result.resources else {}
    peaks = {name: usage.pss_peak_bytes or 0 for name, usage in services.items()}
    if any(peaks.values()):
        most = max(peaks, key=lambda name: peaks[name])
        share = formats.share(peaks[most], result.budget.memory_bytes)
        figure = formats.text(metric, peaks[most])
        yield Finding("most memory", _spoken(most), figure, f"{share} of the budget")


def _spoken(service: str) -> str:
    return service.replace("_", " ")
