"""Hints: what was slowest in a run and what to look at next, by rules on its figures."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from harness.record.curves import Curves
from harness.record.metrics import METRICS
from harness.record.models import Counts, Result
from harness.report.render import document, formats
from harness.system import units

# The start of the load tool weighs on calls of fewer requests.
ENOUGH_REQUESTS = 1_000
# From this share of the vCPUs on, CPU is what limits the throughput.
BUSY = 0.85
# Answers of which one in a hundred takes so many times the median have a tail.
TAIL = 5.0


@dataclass(frozen=True, slots=True)
class Hint:
    """What was looked for, what was found, its figure, and where to look."""

    name: str
    found: str
    figure: str
    look: str


def create_hints_section(found: tuple[Hint, ...]) -> document.Section:
    """Create the section of hints."""
    if not found:
        return document.Section("What to look at next", ("Nothing was measured.",))
    line = (
        "Picked by rules from the figures below: the largest or the slowest of each kind, and what "
        "stands in the way of a better run."
    )
    rows = tuple((one.name, one.found, one.figure, one.look) for one in found)
    return document.Section(
        "What to look at next", (line,), (document.Table(("", "", "", "look at"), rows, "llrl"),)
    )


def find_hints(result: Result, curves: Curves) -> tuple[Hint, ...]:
    """Return the hints, losses first; figures not measured give none."""
    return (
        *_lost(result.counts),
        *_limit(result),
        *_largest_cost(result),
        *_slowest_call(result),
        *_slowest_batch(curves),
        *_lag(curves),
        *_tail(result),
        *_start(result),
        *_longest_phase(result),
        *_memory(result),
    )


def _lost(counts: Counts | None) -> Iterator[Hint]:
    """Yield the rungs between which events were lost or added."""
    if counts is None:
        return
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
            yield Hint(
                "count ladder",
                f"from {before} to {after}",
                f"{change:+,} events",
                rungs[after][1],
            )


def _limit(result: Result) -> Iterator[Hint]:
    """Yield whether CPU limits the throughput."""
    if result.resources is None or result.load is None:
        return
    mean, vcpu = result.resources.total.cpu_cores_mean, result.budget.vcpu
    share = units.format_share(mean, vcpu)
    if "disturbed" in result.marks:
        look = "what else runs on this machine: it took CPU that services waited for"
    elif mean >= BUSY * vcpu:
        look = "the CPU time of the service that has most of it: CPU is the limit"
    else:
        look = "what is waited for: CPU is not the limit"
    yield Hint("CPU of the budget", "from the first request on", share, look)


def _largest_cost(result: Result) -> Iterator[Hint]:
    metric = METRICS["cpu_s_per_1000_events"]
    costs = {name: value for name, value in metric.services(result).items() if value is not None}
    if costs:
        most = max(costs, key=lambda name: costs[name])
        share = units.format_share(costs[most], sum(costs.values()))
        figure = formats.format_metric(metric, costs[most])
        look = f"where {formats.format_service(most)} spends it: {share} of all"
        yield Hint(metric.title, formats.format_service(most), figure, look)


def _slowest_call(result: Result) -> Iterator[Hint]:
    calls = result.load.calls if result.load else ()
    rates = {call: call.complete / call.duration_s for call in calls if call.duration_s}
    enough = [call for call in rates if call.complete >= ENOUGH_REQUESTS] or [*rates]
    if enough:
        slowest = min(enough, key=rates.__getitem__)
        fastest = max(enough, key=rates.__getitem__)
        rate = units.format_number(rates[fastest])
        look = f"logs/web.log; the fastest, {fastest.path}, has {rate}/s"
        figure = f"{units.format_number(rates[slowest])} requests/s"
        yield Hint("slowest call", slowest.path, figure, look)


def _slowest_batch(curves: Curves) -> Iterator[Hint]:
    columns = ("batch_id", "batch_duration_ms", "batch_rows")
    rows = zip(*(curves.series.get(name, []) for name in columns), strict=True)
    # One row a sample: the same batch stands in several.
    batches = {batch: (took, size) for batch, took, size in rows if took is not None and size}
    if batches:
        slowest = max(batches, key=lambda batch: batches[batch][0])
        took, size = batches[slowest]
        found = f"number {slowest:.0f}, {size:,.0f} events"
        figure = units.format_seconds(took / 1000)
        yield Hint("slowest micro-batch", found, figure, "logs/streaming.log")


def _lag(curves: Curves) -> Iterator[Hint]:
    pairs = zip(curves.series.get("lag", []), curves.elapsed_s, strict=True)
    lags = [(lag, moment) for lag, moment in pairs if lag is not None]
    if lags and max(lags)[0] > 0:
        lag, moment = max(lags)
        found = f"after {units.format_seconds(moment)}"
        look = "streaming's trigger and micro-batches: these events were in Kafka, not committed"
        yield Hint("largest lag", found, f"{lag:,.0f} events", look)


def _tail(result: Result) -> Iterator[Hint]:
    http = result.latency_ms.http
    if http is not None and http.p99 > TAIL * http.p50:
        times = f"{http.p99 / http.p50:.1f} times the median" if http.p50 else "the median is 0"
        look = "answers that wait for others: threads, CPU throttling"
        yield Hint("HTTP answers at p99", times, f"{units.format_tenths(http.p99)} ms", look)


def _start(result: Result) -> Iterator[Hint]:
    metric = METRICS["startup_ready_s"]
    if result.startup:
        slowest = max(result.startup, key=lambda name: result.startup[name].ready_s)
        figure = formats.format_metric(metric, result.startup[slowest].ready_s)
        yield Hint(
            "longest start-up", formats.format_service(slowest), figure, f"logs/{slowest}.log"
        )


def _longest_phase(result: Result) -> Iterator[Hint]:
    if result.phases:
        longest = max(result.phases, key=lambda phase: phase.duration_s)
        share = units.format_share(longest.duration_s, result.duration_s)
        figure = units.format_seconds(longest.duration_s)
        yield Hint("longest phase", longest.name, figure, f"{share} of the run")


def _memory(result: Result) -> Iterator[Hint]:
    metric = METRICS["pss_peak_bytes"]
    services = result.resources.services if result.resources else {}
    peaks = {name: usage.pss_peak_bytes or 0 for name, usage in services.items()}
    if any(peaks.values()):
        most = max(peaks, key=lambda name: peaks[name])
        share = units.format_share(peaks[most], result.budget.memory_bytes)
        figure = formats.format_metric(metric, peaks[most])
        yield Hint("most memory", formats.format_service(most), figure, f"{share} of the budget")
