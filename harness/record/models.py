"""The record of a run, `result.json`: its measurements, their names and their units.

Null is not measured, 0 is zero. Times are relative to the run's start unless a name ends in
`_utc`. The JSON schema beside this file is generated from these models.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

SCHEMA_VERSION = 3

RunStatus = Literal["valid", "invalid", "aborted", "error"]
CheckStatus = Literal["pass", "fail", "not_run"]
PhaseName = Literal["provision", "load", "drain", "verify", "report", "teardown"]
MarkName = Literal["disturbed", "generator"]


class Record(BaseModel):
    """A part of the record: immutable, and closed to unknown fields."""

    # A NaN would be written as null, which cannot be told from what was not measured.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )


class Phase(Record):
    """One phase of the run; `failed` is the one that ended it. `cpu_s` is by service."""

    name: PhaseName
    started_s: float
    duration_s: float
    status: Literal["done", "failed", "interrupted"]
    cpu_s: dict[str, float] = {}


class Call(Record):
    """One call of the load tool: its requests, and the tool's own counts of them.

    Events of `in_doubt` requests may be there, though no answer came; null where the load tool
    cannot tell. `duration_s` is null where calls are interleaved.
    """

    path: str
    event_type: str
    requests: int
    complete: int
    failed: int
    non_2xx: int
    duration_s: float | None
    in_doubt: int | None = None


class Percentiles(Record):
    """A latency's percentiles in milliseconds, over every event."""

    p50: float
    p95: float
    p99: float
    max: float


class Outcomes(Record):
    """How many requests ended in which way.

    `refused` ones had no connection, and so were not sent; `timed_out` ones had no whole answer in
    10 s, and `unfinished` ones no end, since the load tool had one before. Of `in_doubt` ones, the
    reset and timed out that were sent, it is not known whether the app took them.
    """

    answered_2xx: int
    answered_503: int
    answered_other: int
    refused: int
    reset: int
    timed_out: int
    unfinished: int
    in_doubt: int


class Lateness(Record):
    """How long after they were due requests were begun, whatever became of them.

    `late_share` is the share of those that were begun more than `bound_ms` late, and
    `generator_share` that of those which were so though a connection and their route were free:
    these are the load tool's fault. It is null where that was not told apart.
    """

    begun_ms: Percentiles
    bound_ms: float
    late_share: float
    generator_share: float | None = None


class Load(Record):
    """The load, from the load tool's own counts.

    An open loop sends at a rate, whether answers come or not. Its latencies count from when a
    request was due, so that those it was late with are not told better than they were.

    `cpu_share` is the share of one core that the load tool used while it sent; null where that was
    not measured.
    """

    tool: str
    loop: Literal["closed", "open"]
    connections: int
    keep_alive: bool
    requests: int
    succeeded: int
    failed: int
    non_2xx: int
    duration_s: float
    calls: tuple[Call, ...] = ()
    rate_per_s: float | None = None
    outcomes: Outcomes | None = None
    lateness: Lateness | None = None
    cpu_share: float | None = None


class Rung(Record):
    """One event type or table on the count ladder; null where a rung is not counted by it."""

    sent: int | None
    accepted: int
    kafka: int | None
    parquet: int
    presto: int


class Counts(Record):
    """The count ladder: sent, accepted, in Kafka, in the Parquet files, in Presto.

    `sent` is null when somebody else sent the load. `missing`, `duplicate`, `unexpected`,
    `in_doubt`, `refused` and `lost` (accepted, and given up by the producer) are events; the
    first ids of each stand in `ids`.
    """

    sent: int | None
    accepted: int
    kafka: int
    parquet: int
    presto: int
    missing: int
    duplicate: int
    unexpected: int
    in_doubt: int
    refused: int
    lost: int
    dead_letter: int
    by_type: dict[str, Rung]
    by_table: dict[str, Rung]
    ids: dict[str, tuple[str, ...]] = {}


class Check(Record):
    """One statement that was tested, with its expected and its actual value."""

    name: str
    status: CheckStatus
    expected: str
    actual: str


class Throughput(Record):
    """Events a second: to the last answer, and until Presto returns them all."""

    accepted_per_s: float
    queryable_per_s: float


class Latency(Record):
    """Latency in milliseconds: of the HTTP answers, and from Kafka's stamp to the visible file.

    Of the events, `committed_unknown` have no such latency, and `committed_negative` one below 0,
    which stays as it is; null where it was not measured.
    """

    http: Percentiles | None
    committed: Percentiles | None
    committed_by_table: dict[str, Percentiles] = {}
    committed_unknown: int | None = None
    committed_negative: int | None = None


class Usage(Record):
    """The usage of one service's process tree in the run; peaks are of its PSS and RSS.

    The `cgroup_` ones are the kernel's own count; null where it keeps none. What is charged to a
    cgroup has the page cache in it.
    """

    cpu_s: float
    pss_peak_bytes: int | None
    rss_peak_bytes: int
    cgroup_cpu_s: float | None = None
    cgroup_memory_peak_bytes: int | None = None


class Total(Record):
    """All services and the load tool together; the PSS peak is of the sum, not the sum of peaks."""

    cpu_s: float
    cpu_cores_mean: float
    pss_peak_bytes: int | None
    cgroup_cpu_s: float | None = None


class Startup(Record):
    """How long one service took to be ready in this run, and its CPU time in that phase.

    It counts from the service's own start, once those it needs are ready.
    """

    ready_s: float
    cpu_s: float


class Cost(Record):
    """The cost of an accepted event, in CPU time and in bytes on disk.

    CPU time is that of the services and the load tool from the first request until Presto returns
    all; bytes are those of the topic's segments and of the tables' files.
    """

    cpu_s_per_1000_events: float
    cpu_s_per_1000_events_by_service: dict[str, float]
    events_per_cpu_s: float
    kafka_bytes_per_event: float | None
    parquet_bytes_per_event: float | None


class Sampling(Record):
    """The sampler itself: its samples, those that came too late to be taken, and their CPU time."""

    interval_s: float
    looks: int
    missed: int
    cpu_s: float


class OthersCpu(Record):
    """The CPU time that others used on the services' cores, from load to drain.

    `cpu_s` is `busy_s` less `ours_s` (services, load tool, harness), and `share` its part of the
    time of all `cores`. `interrupts_s` and `stolen_s`, which the hypervisor gave to others, are
    parts of `busy_s`.
    """

    cores: tuple[int, ...]
    duration_s: float
    busy_s: float
    interrupts_s: float
    stolen_s: float
    ours_s: float
    cpu_s: float
    share: float


class Resources(Record):
    """CPU and memory by service, of the load tool, of the harness, and in all.

    `others` is null where it was not measured.
    """

    services: dict[str, Usage]
    load_tool: Usage | None
    harness: Usage | None
    total: Total
    others: OthersCpu | None = None


class Budget(Record):
    """The budget and how the run kept to it; `within` is null when that was not measured.

    Where a cgroup enforces it, `memory_peak_bytes` is what the kernel charged at the most, with
    the page cache, and `oom_kills` are by service; where none does, it is the PSS of all.
    """

    vcpu: float
    memory_bytes: int
    enforced_by: Literal["cgroup-v2", "cgroup-v1", "none"]
    memory_peak_bytes: int | None
    anonymous_peak_bytes: int | None
    throttled_s: float | None
    oom_kills: int | None
    oom_kills_by_service: dict[str, int] = {}
    within: bool | None


class Host(Record):
    """The machine; runs of different fingerprints are not compared."""

    fingerprint: str
    cpu_model: str | None
    cores: int
    memory_bytes: int
    kernel: str


class Git(Record):
    """The commit the harness ran from; null where git does not tell this user of one."""

    commit: str | None
    dirty: bool | None


class Environment(Record):
    """The machine, versions, commit and configuration of the run.

    `withheld_variables` are the names of variables that were set around the harness, would change
    how services run, and did not reach them.
    """

    host: Host
    versions: dict[str, str]
    git: Git
    config_sha256: str
    withheld_variables: tuple[str, ...] = ()


class Answer(Record):
    """One report query's answer: its columns and rows as text, as Presto gave them.

    `differences` say, a line each, where it is not the answer that was expected; null where none
    was.
    """

    query: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    differences: tuple[str, ...] | None = None


class ServiceRestart(Record):
    """One restart of a service: when and how it had died, and how long it was away.

    `exit_code` is minus the signal that ended it; null where it was late to be ready, and ended by
    the harness. `away_s` is null where it died once more before it was ready.
    """

    service: str
    died_s: float
    exit_code: int | None
    away_s: float | None


class InjectedFault(Record):
    """The fault that was injected in the run, and its effects.

    Of events in doubt `in_doubt_arrived` came all the same. Null is not measured; `slowest_503_s`
    is null, too, where no request was answered so.
    """

    name: str
    text: str
    promised: bool
    injected_s: float | None
    undone_s: float | None
    slowest_503_s: float | None
    in_doubt_arrived: int | None
    recovery_s: float | None


class Result(Record):
    """One run, whole; `metrics` are those of the registry, by name.

    `group` is the name that runs share which were made to be taken together. `marks` say of a
    valid run why its figures are not the system's alone: such a run is left out of history and
    comparisons.
    """

    schema_version: int = SCHEMA_VERSION
    run_id: str
    group: str | None = None
    status: RunStatus
    reasons: tuple[str, ...]
    marks: dict[MarkName, str] = {}
    profile: str
    backend: str
    seed: int
    started_utc: AwareDatetime
    duration_s: float
    phases: tuple[Phase, ...]
    load: Load | None
    counts: Counts | None
    checks: tuple[Check, ...]
    throughput: Throughput | None
    latency_ms: Latency
    drain_s: float | None
    resources: Resources | None
    budget: Budget
    startup: dict[str, Startup] = {}
    cost: Cost | None = None
    sampling: Sampling | None = None
    metrics: dict[str, float | None] = {}
    environment: Environment
    answers: tuple[Answer, ...] = ()
    fault: InjectedFault | None = None
    restarts: tuple[ServiceRestart, ...] = ()

    @property
    def verdict(self) -> str:
        """The status and the marks, as `valid, disturbed`."""
        return ", ".join((self.status, *self.marks))


def describe_marks(marks: Mapping[MarkName, str]) -> str:
    """Return marks with their reasons as text, empty without one."""
    return "; ".join(f"{name}: {why}" for name, why in marks.items())
