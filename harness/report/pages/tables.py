"""The tables of a run's report, from its record alone: made once, shown by every page."""

from collections.abc import Mapping, Sequence

from harness.record.metrics import METRICS
from harness.record.models import (
    Answer,
    Budget,
    Check,
    Counts,
    Environment,
    Latency,
    Lateness,
    Load,
    OthersCpu,
    Outcomes,
    Percentiles,
    Phase,
    Resources,
    Result,
    Rung,
    Sampling,
    Usage,
)
from harness.report.render import answers, formats
from harness.report.render.document import UNMEASURED, Section, Table, create_pairs_table
from harness.system import units

KINDS = {
    "missing": "accepted, and not in Presto",
    "duplicate": "a row too many of one event",
    "unexpected": "in Presto, where nobody expects it",
    "in_doubt": "begun, neither accepted nor refused",
    "refused": "answered with 503, and never sent",
    "lost": "accepted, then given up by the producer",
    "dead_letter": "in the table of dead letters",
}
ALL = "all of these"
NO_SERVICES = ("load_tool", "harness")
"""In the record they stand among the services; in a table, below them."""
# An open loop that was late with a larger share of its requests did not keep its schedule.
LATE = 0.01


def create_title(result: Result) -> str:
    """Return a page's title: the run and its verdict."""
    return f"Run {result.run_id}: {result.verdict.upper()}"


def create_summary(result: Result) -> str:
    """Return a page's summary: the profile, when the run began and how long it took."""
    began = f"{result.started_utc:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"Profile {result.profile}, backend {result.backend}, seed {result.seed}; "
        f"began {began}, took {units.format_seconds(result.duration_s)}."
    )


def list_reasons(result: Result) -> tuple[str, ...]:
    """Return why a run is not valid, or why it is marked."""
    return (*result.reasons, *(f"{name.upper()}: {why}" for name, why in result.marks.items()))


def create_headline_section(result: Result) -> Section:
    """Create the section of headline figures; only a valid run has throughput.

    Rates and latencies of a run that is marked have the mark beside them.
    """
    drain = METRICS["drain_s"]
    speeds = [
        (drain.title, formats.format_metric(drain, drain.value(result))),
        ("HTTP answer", units.format_optional(result.latency_ms.http, _median_and_tail)),
        ("committed", units.format_optional(result.latency_ms.committed, _median_and_tail)),
    ]
    rows = [*_marked(result, speeds), *create_budget_rows(result.budget, result.resources)]
    if result.status != "valid":
        return Section(
            "Headline", ("A run that is not valid has no throughput.",), (create_pairs_table(rows),)
        )
    # Their titles name the unit.
    pair = [METRICS["queryable_per_s"], METRICS["events_per_cpu_s"]]
    accepted = METRICS["accepted_per_s"]
    rates = [
        *((m.title, formats.format_figure(m, m.value(result), units.NOT_MEASURED)) for m in pair),
        (accepted.title, formats.format_metric(accepted, accepted.value(result))),
    ]
    return Section("Headline", (), (create_pairs_table([*_marked(result, rates), *rows]),))


def _marked(result: Result, rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the rows with the run's marks beside each figure."""
    words = f" ({', '.join(result.marks)})" if result.marks else ""
    return [(name, text + words) for name, text in rows]


def create_ladder_section(counts: Counts | None) -> Section:
    """Create the section of the count ladder and of events that do not reach its top."""
    if counts is None:
        return Section("Count ladder", (UNMEASURED,))
    whole = Rung(
        sent=counts.sent,
        accepted=counts.accepted,
        kafka=counts.kafka,
        parquet=counts.parquet,
        presto=counts.presto,
    )
    rungs = [
        ("all", "", whole),
        *(("table", name, rung) for name, rung in counts.by_table.items()),
        *(("type", name, rung) for name, rung in counts.by_type.items()),
    ]
    steps = Table(
        ("", "", "sent", "accepted", "Kafka", "Parquet", "Presto"),
        tuple((by, name, *_steps(rung)) for by, name, rung in rungs),
        "llrrrrr",
    )
    kinds = Table(("events", "number", "which are", "first ids"), _kinds(counts), "lrll")
    return Section("Count ladder", tables=(steps, kinds))


def create_budget_section(allowed: Budget, used: Resources | None) -> Section:
    """Create the section of the budget and what services and load tool used of it."""
    verdict = {True: "Kept.", False: "Exceeded.", None: "Whether it was kept is not known."}
    killed = allowed.oom_kills_by_service.items()
    watch = (
        "The kernel did not enforce it: it was watched."
        if allowed.enforced_by == "none"
        else f"The kernel enforced it ({allowed.enforced_by})."
    )
    rows = (
        *create_budget_rows(allowed, used),
        (
            "of it anonymous, peak",
            units.format_optional(allowed.anonymous_peak_bytes, units.format_gib),
        ),
        (
            "throttled, over all cores",
            units.format_optional(allowed.throttled_s, units.format_seconds),
        ),
        ("killed for memory", units.format_optional(allowed.oom_kills, units.format_count)),
        *((f"killed, of {name}", units.format_count(n)) for name, n in killed),
    )
    return Section("Budget", (f"{verdict[allowed.within]} {watch}",), (create_pairs_table(rows),))


def create_load_section(sent: Load | None) -> Section:
    """Create the section of what the load tool sent and counted, in all and by call."""
    if sent is None:
        return Section("Load", (UNMEASURED,))
    rate = units.format_optional(
        sent.rate_per_s, lambda rate: f" at {units.format_number(rate)} requests/s", ""
    )
    how = (
        f"{sent.tool}, {sent.loop} loop{rate}, "
        f"{units.format_count(sent.connections)} connections "
        f"{'with' if sent.keep_alive else 'without'} keep-alive; "
        f"{units.format_count(sent.requests)} requests in {units.format_seconds(sent.duration_s)}: "
        f"{units.format_count(sent.succeeded)} succeeded, "
        f"{units.format_count(sent.failed)} failed, "
        f"{units.format_count(sent.non_2xx)} answered without 2xx."
    )
    rows = tuple(
        (
            call.path,
            *map(units.format_count, (call.requests, call.complete, call.failed, call.non_2xx)),
            units.format_optional(call.duration_s, units.format_seconds, units.NONE),
        )
        for call in sent.calls
    )
    headers = ("call", "requests", "complete", "failed", "not 2xx", "took")
    calls = Table(headers, rows, "lrrrrr")
    lines = (how, *_lateness(sent.lateness), *_tool_cpu(sent))
    return Section("Load", lines, (*_outcomes(sent.outcomes), calls))


def _tool_cpu(sent: Load) -> tuple[str, ...]:
    """Describe how much of the one core that it has the load tool used."""
    if sent.cpu_share is None:
        return ()
    return (f"{sent.tool} used {units.format_share(sent.cpu_share, 1)} of one core while it sent.",)


def _lateness(late: Lateness | None) -> tuple[str, ...]:
    """Describe whether an open loop kept its schedule."""
    if late is None:
        return ()
    verdict = "It could not keep its schedule" if late.late_share > LATE else "It kept its schedule"
    p50, _, p99, most = _percentiles(late.begun_ms)
    share = units.format_share(late.late_share, 1)
    told = (
        f"{verdict}: {share} of the requests were begun more than {late.bound_ms:g} ms after they "
        f"were due; {p50} ms at p50, {p99} ms at p99, {most} ms at the most."
    )
    fault = units.format_optional(
        late.generator_share,
        lambda part: (
            f" Of all, {_percent('generator_late_share', part)} were late by the load tool: a"
            " connection and their route were free for so long."
        ),
        "",
    )
    return (told + fault, "Latencies count from when a request was due.")


def _outcomes(counted: Outcomes | None) -> tuple[Table, ...]:
    """Create the table of how requests ended."""
    if counted is None:
        return ()
    numbers = counted.model_dump().items()
    rows = tuple((name.replace("_", " "), units.format_count(number)) for name, number in numbers)
    return (Table(("requests", "number"), rows, "lr"),)


def _percent(metric: str, share: float) -> str:
    return formats.format_metric(METRICS[metric], share)


def create_latency_section(latency_ms: Latency) -> Section:
    """Create the section of latency percentiles, and of unknown and negative latencies."""
    if latency_ms.http is None and latency_ms.committed is None:
        return Section("Latency", (UNMEASURED,))
    rows = (
        ("HTTP answer", *_percentiles(latency_ms.http)),
        ("Kafka's stamp to the visible file", *_percentiles(latency_ms.committed)),
        *((f"… in {t}", *_percentiles(p)) for t, p in latency_ms.committed_by_table.items()),
    )
    table = Table(("ms", "p50", "p95", "p99", "max"), rows, "lrrrr")
    unknown = units.format_optional(latency_ms.committed_unknown, units.format_count)
    negative = units.format_optional(latency_ms.committed_negative, units.format_count)
    line = (
        f"Events that were visible at an unknown time: {unknown}; before their stamp: {negative}."
    )
    return Section("Latency", (line,), (table,))


def create_sampling_section(done: Sampling | None) -> Section:
    """Create the section of how often the sampler looked, and what that took."""
    if done is None:
        return Section("Sampling", (UNMEASURED,))
    rows = (
        ("interval", units.format_seconds(done.interval_s)),
        ("samples", units.format_count(done.looks)),
        ("missed", units.format_count(done.missed)),
        ("CPU", units.format_seconds(done.cpu_s)),
    )
    line = "Samples are taken between phases too; their CPU time is part of the harness's."
    return Section("Sampling", (line,), (create_pairs_table(rows),))


def create_checks_section(made: Sequence[Check]) -> Section:
    """Create the section of checks, as expected and as found."""
    if not made:
        return Section("Checks", ("Not made: the run ended before.",))
    status = {"pass": "pass", "fail": "FAIL", "not_run": "not judged"}
    rows = tuple((status[c.status], c.name, c.expected, c.actual) for c in made)
    return Section("Checks", tables=(Table(("", "check", "expected", "found"), rows, "llll"),))


def create_answers_section(given: Sequence[Answer]) -> Section:
    """Create the section of the analyst's questions: rows, and whether they are as expected."""
    if not given:
        return Section("Answers", ("Not asked: the run ended before.",))
    rows = tuple(
        (answers.format_question(answer), units.format_count(len(answer.rows)), _compared(answer))
        for answer in given
    )
    return Section("Answers", tables=(Table(("question", "rows", "expected"), rows, "lrl"),))


def create_environment_section(place: Environment) -> Section:
    """Create the section of machine, versions, commit and configuration."""
    host, git = place.host, place.git
    state = {True: ", with changes", False: "", None: ", changes unknown"}[git.dirty]
    rows = (
        ("processor", units.format_optional(host.cpu_model, str, "not known")),
        ("cores", units.format_count(host.cores)),
        ("memory", units.format_gib(host.memory_bytes)),
        ("kernel", host.kernel),
        ("host's fingerprint", host.fingerprint),
        ("commit", units.format_optional(git.commit, lambda commit: commit + state, units.UNKNOWN)),
        ("configuration's SHA-256", place.config_sha256),
        *sorted(place.versions.items()),
    )
    names = ", ".join(place.withheld_variables)
    withheld = (f"Variables kept from the services: {names}.",) if names else ()
    return Section("Environment", withheld, (create_pairs_table(rows),))


def create_resources_section(used: Resources | None) -> Section:
    """Create the section of CPU time and memory by service, the most CPU time first."""
    if used is None:
        return Section("Resources", (UNMEASURED,))
    total = used.total
    services = used.services | ({"load_tool": used.load_tool} if used.load_tool else {})
    rows = [
        _usage(name, services[name], units.format_share(services[name].cpu_s, total.cpu_s))
        for name in _ranked({name: usage.cpu_s for name, usage in services.items()})
    ]
    peak = units.format_optional(total.pss_peak_bytes, units.format_mib, units.NONE)
    rows.append((ALL, units.format_tenths(total.cpu_s), "100 %", peak, units.NONE))
    if used.harness:
        rows.append(_usage("harness", used.harness, units.NONE))
    cpu, pss = (formats.format_heading(METRICS[name]) for name in ("cpu_s", "pss_peak_bytes"))
    headers = ("", cpu, "share", pss, "RSS peak, MiB")
    line = "The peak of all is that of their sum at one moment; the harness is not part of it."
    table = Table(headers, tuple(rows), "lrrrr")
    return Section("Resources", (line, describe_others(used.others)), (table,))


def describe_others(others: OthersCpu | None) -> str:
    """Describe the CPU time that others used on the cores of the run."""
    if others is None:
        return "CPU that others used: not measured."
    share = _percent("others_cpu_share", others.share)
    return (
        f"Others used {share} of the CPU time of the services' cores"
        f" ({', '.join(map(str, others.cores))}): {units.format_seconds(others.busy_s)} busy, less"
        f" {units.format_seconds(others.ours_s)} of services, load tool and harness. Of it"
        f" {units.format_seconds(others.stolen_s)} stolen by the hypervisor,"
        f" {units.format_seconds(others.interrupts_s)} interrupts."
    )


def create_cost_section(result: Result) -> Section:
    """Create the section of an event's cost: CPU time by service, and bytes."""
    if result.cost is None or result.status != "valid":
        return Section("Cost", ("Only the events of a valid run have one.",))
    cpu = METRICS["cpu_s_per_1000_events"]
    services = cpu.services(result)
    rows = [
        (formats.format_service(name), formats.format_figure(cpu, services[name]))
        for name in _ranked(services)
    ]
    rows.append((ALL, formats.format_figure(cpu, cpu.value(result))))
    table = Table(("", formats.format_heading(cpu)), tuple(rows), "lr")
    sizes = [METRICS["kafka_bytes_per_event"], METRICS["parquet_bytes_per_event"]]
    figures = create_pairs_table(
        (m.title, formats.format_metric(m, m.value(result))) for m in sizes
    )
    return Section("Cost", tables=(table, figures))


def create_startup_section(result: Result) -> Section:
    """Create the section of each service's start-up time and CPU time, the longest first."""
    if not result.startup:
        return Section("Start-up", (UNMEASURED,))
    ready, cpu = METRICS["startup_ready_s"], METRICS["startup_cpu_s"]
    ready_s, cpu_s = ready.services(result), cpu.services(result)
    rows = tuple(
        (name, formats.format_figure(ready, ready_s[name]), formats.format_figure(cpu, cpu_s[name]))
        for name in _ranked(ready_s)
    )
    line = "Each counts from its own start, once those it needs are ready."
    table = Table(("", formats.format_heading(ready), formats.format_heading(cpu)), rows, "lrr")
    return Section("Start-up", (line,), (table,))


def create_phases_section(done: Sequence[Phase]) -> Section:
    """Create the section of each phase's time, status, and CPU time by service."""
    times = Table(
        ("phase", "began, s", "took, s", "ended"),
        tuple(
            (p.name, units.format_tenths(p.started_s), units.format_tenths(p.duration_s), p.status)
            for p in done
        ),
        "lrrl",
    )
    names = dict.fromkeys(name for phase in done for name in phase.cpu_s)
    worked = {name: sum(phase.cpu_s.get(name, 0.0) for phase in done) for name in names}
    cpu = Table(
        (formats.format_heading(METRICS["cpu_s"]), *(phase.name for phase in done)),
        tuple(
            (
                formats.format_service(name),
                *(units.format_tenths(phase.cpu_s.get(name, 0.0)) for phase in done),
            )
            for name in _ranked(worked)
        ),
        "l" + "r" * len(done),
    )
    if not names:
        return Section("Phases", tables=(times,))
    line = "What a service uses from its last sample until its end is not counted."
    return Section("Phases", (line,), (times, cpu))


def _median_and_tail(http: Percentiles) -> str:
    return f"{units.format_tenths(http.p50)} ms at p50, {units.format_tenths(http.p99)} ms at p99"


def create_budget_rows(allowed: Budget, used: Resources | None) -> tuple[tuple[str, str], ...]:
    """Return rows of CPU and memory against the budget."""
    memory = units.format_gib(allowed.memory_bytes)

    def peak(size: int) -> str:
        part = units.format_share(size, allowed.memory_bytes)
        return f"{units.format_gib(size)} of {memory} ({part})"

    def mean(resources: Resources) -> str:
        cores = resources.total.cpu_cores_mean
        return f"{cores:.2f} of {allowed.vcpu:g} vCPU ({units.format_share(cores, allowed.vcpu)})"

    memory_name = "memory, peak" if allowed.enforced_by == "none" else "memory charged, peak"
    return (
        ("CPU, mean", units.format_optional(used, mean)),
        (memory_name, units.format_optional(allowed.memory_peak_bytes, peak)),
    )


def _steps(rung: Rung) -> tuple[str, ...]:
    steps = (rung.sent, rung.accepted, rung.kafka, rung.parquet, rung.presto)
    return tuple(units.format_optional(step, units.format_count, units.NONE) for step in steps)


def _kinds(counts: Counts) -> tuple[tuple[str, ...], ...]:
    """Return a row for each kind that is counted or has ids."""
    fields = counts.model_dump(include=set(KINDS))
    return tuple(
        (
            kind.replace("_", " "),
            units.format_optional(fields.get(kind), units.format_count, units.NONE),
            meaning,
            ", ".join(counts.ids.get(kind, ())),
        )
        for kind, meaning in KINDS.items()
        if kind in fields or kind in counts.ids
    )


def _percentiles(latency: Percentiles | None) -> tuple[str, ...]:
    if latency is None:
        return (units.NOT_MEASURED, units.NONE, units.NONE, units.NONE)
    return tuple(map(units.format_tenths, (latency.p50, latency.p95, latency.p99, latency.max)))


def _compared(answer: Answer) -> str:
    if answer.differences is None:
        return "not known"
    return "; ".join(answer.differences) or "these"


def _ranked(services: Mapping[str, float | None]) -> list[str]:
    """Return the services by falling figure, then load tool and harness."""
    ranked = sorted(services, key=lambda name: -(services[name] or 0.0))
    return [n for n in ranked if n not in NO_SERVICES] + [n for n in NO_SERVICES if n in ranked]


def _usage(name: str, usage: Usage, share: str) -> tuple[str, ...]:
    # A process has some memory: none means that no sample met it.
    rss = units.format_mib(usage.rss_peak_bytes) if usage.rss_peak_bytes else units.NONE
    pss = units.format_optional(usage.pss_peak_bytes, units.format_mib, units.NONE)
    return formats.format_service(name), units.format_tenths(usage.cpu_s), share, pss, rss
