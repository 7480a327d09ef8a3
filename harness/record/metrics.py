"""The registry of metrics: the figures of a run, each declared once.

Tables, pages, comparisons, the history, docs/metrics.md and the JSON schema read it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.record.models import Result, Usage

Unit = Literal[
    "events/s",
    "events/CPU-s",
    "CPU-s/1,000 events",
    "s",
    "ms",
    "cores",
    "share",
    "bytes",
    "bytes/event",
]
Better = Literal["higher", "lower"]
Read = Callable[[Result], float | None]
ReadByService = Callable[[Result], Mapping[str, float | None]]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name, the direction that is better, and where it is in a record.

    `read` gives the figure of the whole run, `by_service` that of each service; one of them may be
    missing. The run's `limit` is the share by which it may be worse before a check fails, 0.1 for
    10 %; without one it never fails a check. Only a valid run has what is `of_valid`. A run is
    known by its figures that are `headline`.
    """

    name: str
    title: str
    unit: Unit
    better: Better | None
    description: str
    read: Read | None = None
    by_service: ReadByService | None = None
    of_valid: bool = False
    headline: bool = False
    limit: float | None = None

    def value(self, result: Result) -> float | None:
        """Return the figure of the whole run; None where it was not measured."""
        return self.read(result) if self.read and self._holds(result) else None

    def services(self, result: Result) -> dict[str, float | None]:
        """Return the figure of each service in the record."""
        return dict(self.by_service(result)) if self.by_service and self._holds(result) else {}

    def _holds(self, result: Result) -> bool:
        return result.status == "valid" or not self.of_valid


def read_metrics(result: Result) -> dict[str, float | None]:
    """Return every metric of a record by name; of one service as `pss_peak_bytes.web`."""
    whole = {m.name: m.value(result) for m in METRICS.values() if m.read}
    parts = {
        f"{metric.name}.{service}": value
        for metric in METRICS.values()
        for service, value in metric.services(result).items()
    }
    return whole | parts


def _at(path: str) -> Read:
    """Return a reader of a path in the record; it gives None where a part is None."""
    names = path.split(".")

    def read(result: Result) -> float | None:
        value: Any = result
        for name in names:
            value = None if value is None else getattr(value, name)
        return None if value is None else float(value)

    return read


def _provision_s(result: Result) -> float | None:
    done = [phase for phase in result.phases if phase.name == "provision"]
    return done[0].duration_s if done and done[0].status == "done" else None


def _charged_peak_bytes(result: Result) -> float | None:
    budget = result.budget
    return None if budget.enforced_by == "none" else budget.memory_peak_bytes


def _pss_peak_bytes(result: Result) -> Mapping[str, float | None]:
    used = result.resources
    if used is None:
        return {}
    others: dict[str, Usage | None] = {"load_tool": used.load_tool, "harness": used.harness}
    return {name: usage.pss_peak_bytes for name, usage in (used.services | others).items() if usage}


def _latency(kind: str, title: str, description: str) -> tuple[Metric, ...]:
    """Return the metrics for the percentiles of one kind of latency."""
    shares = {
        "p50": "half of the events took no longer",
        "p95": "95 % of the events took no longer",
        "p99": "99 % of the events took no longer",
        "max": "the longest of all",
    }
    return tuple(
        Metric(
            name=f"{kind}_{share}_ms",
            title=f"{title}, {share}",
            unit="ms",
            better="lower",
            description=f"{description}: {meaning}.",
            read=_at(f"latency_ms.{kind}.{share}"),
            headline=(kind, share) == ("http", "p99"),
        )
        for share, meaning in shares.items()
    )


DECLARED = (
    Metric(
        name="queryable_per_s",
        title="events per second",
        unit="events/s",
        better="higher",
        description="Accepted events divided by the time from the first request until Presto "
        "returns them all.",
        read=_at("throughput.queryable_per_s"),
        of_valid=True,
        headline=True,
        limit=0.10,
    ),
    Metric(
        name="events_per_cpu_s",
        title="events per CPU-second",
        unit="events/CPU-s",
        better="higher",
        description="Accepted events divided by the CPU time from the first request until Presto "
        "returns them all.",
        read=_at("cost.events_per_cpu_s"),
        of_valid=True,
        headline=True,
    ),
    Metric(
        name="accepted_per_s",
        title="accepted",
        unit="events/s",
        better="higher",
        description="Accepted events divided by the time from the first request to the last "
        "answer.",
        read=_at("throughput.accepted_per_s"),
        of_valid=True,
        headline=True,
    ),
    Metric(
        name="cpu_s_per_1000_events",
        title="CPU per 1,000 events",
        unit="CPU-s/1,000 events",
        better="lower",
        description="CPU time from the first request until Presto returns all, for each 1,000 "
        "accepted events.",
        read=_at("cost.cpu_s_per_1000_events"),
        by_service=lambda result: (
            {} if result.cost is None else result.cost.cpu_s_per_1000_events_by_service
        ),
        of_valid=True,
        headline=True,
        limit=0.05,
    ),
    Metric(
        name="drain_s",
        title="drain",
        unit="s",
        better="lower",
        description="From the last answer until Presto returns all accepted events.",
        read=_at("drain_s"),
        headline=True,
    ),
    *_latency("http", "HTTP answer", "From a request until its answer, as the load tool sees it"),
    *_latency("committed", "committed", "From Kafka's time stamp until the file is visible"),
    Metric(
        name="cpu_s",
        title="CPU",
        unit="s",
        better="lower",
        description="CPU time from the first request until Presto returns all.",
        read=_at("resources.total.cpu_s"),
    ),
    Metric(
        name="cpu_cores_mean",
        title="CPU, mean",
        unit="cores",
        better=None,
        description="CPU time from the first request until Presto returns all, divided by that "
        "time.",
        read=_at("resources.total.cpu_cores_mean"),
    ),
    Metric(
        name="others_cpu_share",
        title="CPU of others",
        unit="share",
        better=None,
        description="Busy and stolen time of the cores that the services may run on, less what "
        "services, load tool and harness used, divided by the time of these cores, from the first "
        "request until Presto returns all. Above its limit the run is marked disturbed.",
        read=_at("resources.others.share"),
    ),
    Metric(
        name="generator_late_share",
        title="late by the generator",
        unit="share",
        better=None,
        description="Requests of an open loop that were begun more than 10 ms after they were due, "
        "a connection was free and their route was; null for a closed loop. Above its limit the "
        "run is marked generator.",
        read=_at("load.lateness.generator_share"),
    ),
    Metric(
        name="generator_cpu_share",
        title="CPU of the generator",
        unit="share",
        better=None,
        description="CPU time of the load tool while it sent, divided by that time: 1 is a whole "
        "core. Above its limit the run is marked generator; null below 1 s.",
        read=_at("load.cpu_share"),
    ),
    Metric(
        name="pss_peak_bytes",
        title="PSS peak",
        unit="bytes",
        better="lower",
        description="The most memory at one moment of the whole run, as PSS: a page that is "
        "shared counts once.",
        read=_at("resources.total.pss_peak_bytes"),
        by_service=_pss_peak_bytes,
        headline=True,
    ),
    Metric(
        name="charged_peak_bytes",
        title="charged memory peak",
        unit="bytes",
        better="lower",
        description="The most memory that the kernel charged to the cgroup, the page cache with "
        "it; null without a cgroup.",
        read=_charged_peak_bytes,
    ),
    Metric(
        name="anonymous_peak_bytes",
        title="anonymous memory peak",
        unit="bytes",
        better="lower",
        description="The most memory in the cgroup that is no file's; null without a cgroup.",
        read=_at("budget.anonymous_peak_bytes"),
    ),
    Metric(
        name="throttled_s",
        title="throttled",
        unit="s",
        better="lower",
        description="How long the kernel held processes back for the CPU quota; null without a "
        "cgroup.",
        read=_at("budget.throttled_s"),
    ),
    Metric(
        name="harness_cpu_s",
        title="CPU of the harness",
        unit="s",
        better="lower",
        description="CPU time of the harness itself, the sampler included, from the first request"
        " until Presto returns all. No other figure of the run has it in it.",
        read=_at("resources.harness.cpu_s"),
    ),
    Metric(
        name="kafka_bytes_per_event",
        title="an event in Kafka",
        unit="bytes/event",
        better="lower",
        description="Size on disk of the topic's segments, divided by its messages.",
        read=_at("cost.kafka_bytes_per_event"),
        of_valid=True,
    ),
    Metric(
        name="parquet_bytes_per_event",
        title="an event in Parquet",
        unit="bytes/event",
        better="lower",
        description="Size of the files of the two tables of events, divided by their rows.",
        read=_at("cost.parquet_bytes_per_event"),
        of_valid=True,
    ),
    Metric(
        name="startup_ready_s",
        title="ready after",
        unit="s",
        better="lower",
        description="From the service's start, once those it needs are ready, until it does its "
        "work; only where it was started in this run.",
        by_service=lambda result: {
            name: startup.ready_s for name, startup in result.startup.items()
        },
    ),
    Metric(
        name="startup_cpu_s",
        title="CPU until all are ready",
        unit="s",
        better="lower",
        description="CPU time in the phase provision, until all services are ready; only where it"
        " was started in this run.",
        by_service=lambda result: {name: startup.cpu_s for name, startup in result.startup.items()},
    ),
    Metric(
        name="provision_s",
        title="start-up",
        unit="s",
        better="lower",
        description="Duration of the phase provision; with a cluster that was up, only web and "
        "streaming are started in it.",
        read=_provision_s,
    ),
    Metric(
        name="duration_s",
        title="run",
        unit="s",
        better="lower",
        description="Duration of the whole run.",
        read=_at("duration_s"),
    ),
)
METRICS = {metric.name: metric for metric in DECLARED}
HEADLINE = tuple(metric for metric in DECLARED if metric.headline)
