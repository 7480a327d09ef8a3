"""Where CPU time, memory and bytes went: the tables by service."""

from collections.abc import Mapping, Sequence

from harness.record.metrics import METRICS
from harness.record.models import Phase, Resources, Result, Usage
from harness.report.render import formats
from harness.report.render.document import UNMEASURED, Section, Table, create_pairs_table
from harness.system import units

ALL = "all of these"
NO_SERVICES = ("load_tool", "harness")
"""In the record they stand among the services; in a table, below them."""


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
    return Section("Resources", (line,), (Table(headers, tuple(rows), "lrrrr"),))


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


def _ranked(services: Mapping[str, float | None]) -> list[str]:
    """Return the services by falling figure, then load tool and harness."""
    ranked = sorted(services, key=lambda name: -(services[name] or 0.0))
    return [n for n in ranked if n not in NO_SERVICES] + [n for n in NO_SERVICES if n in ranked]


def _usage(name: str, usage: Usage, share: str) -> tuple[str, ...]:
    # A process has some memory: none means that no sample met it.
    rss = units.format_mib(usage.rss_peak_bytes) if usage.rss_peak_bytes else units.NONE
    pss = units.format_optional(usage.pss_peak_bytes, units.format_mib, units.NONE)
    return formats.format_service(name), units.format_tenths(usage.cpu_s), share, pss, rss
