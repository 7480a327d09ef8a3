"""The series of a run, series.csv: one row a sample, everything on one clock."""

import csv
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from harness.cgroup import HARNESS, LOAD_TOOL, group
from harness.monitor import machine, meter
from harness.monitor.batches import MicroBatch

SeriesRow = dict[str, str | int | None]

_ABSENT = meter.ServiceUsage(pids=(), cpu_s=0.0, rss_bytes=0, pss_bytes=None)


@dataclass(frozen=True, slots=True)
class Flow:
    """How far events have come, of this run and those kept from before.

    `accepted` counts those in the app's ledger and `kafka_end` is the sum of the topic's end
    offsets, None where Kafka does not tell it.
    """

    accepted: int
    kafka_end: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of everything, at some seconds since the run's start and at a Unix time.

    `memory` is the kernel's count of the cgroup, None while there is none. `cores` are the times of
    the machine's cores.

    The flow is read first and not before this moment, so that no event is committed in this row
    that is not yet in Kafka.
    """

    elapsed_s: float
    time_ms: int
    phase: str
    flow: Flow | None
    usages: Mapping[str, meter.ServiceUsage]
    memory: group.Whole | None
    traffic: machine.Traffic
    cores: Mapping[int, machine.CoreTimes]


def assemble_rows(
    samples: Sequence[Sample],
    committed: Sequence[tuple[int, int]] | None,
    batches: Sequence[MicroBatch],
    services: Iterable[str],
    cores: Sequence[int] = (),
) -> Iterator[SeriesRow]:
    """Yield the rows: None is not measured, 0 is zero. Counters count from the first sample.

    `cores` are those of the services, empty where they are not known.

    `committed` has the Unix time in milliseconds of each commit and its rows, in the order of
    time, None where the commit log was not read. `batches` are in the order of time too.
    """
    names = (*services, LOAD_TOOL, HARNESS)
    for sample in samples:
        yield {
            "elapsed_s": f"{sample.elapsed_s:.3f}",
            "time_ms": sample.time_ms,
            "phase": sample.phase,
            **_flow(sample, committed),
            **_batch(sample.time_ms, batches),
            **_usage(sample.usages, names),
            "cgroup_memory_bytes": sample.memory.charged_bytes if sample.memory else None,
            "cgroup_anonymous_bytes": sample.memory.anonymous_bytes if sample.memory else None,
            **_moved(sample.traffic, samples[0].traffic),
            "cores_busy_s": _busy(sample.cores, samples[0].cores, cores),
        }


def write_rows(path: Path, rows: Iterable[SeriesRow]) -> None:
    """Write the rows, of which there is at least one, as CSV."""
    written = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, written[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(written)


def _flow(sample: Sample, committed: Sequence[tuple[int, int]] | None) -> SeriesRow:
    """Return the columns of events, empty before the pipeline is ready and emptied."""
    accepted = kafka_end = rows = None
    if sample.flow is not None:
        accepted, kafka_end = sample.flow.accepted, sample.flow.kafka_end
        rows = None if committed is None else _rows_at(sample.time_ms, committed)
    lag = None if kafka_end is None or rows is None else kafka_end - rows
    return {"accepted": accepted, "kafka_end": kafka_end, "committed_rows": rows, "lag": lag}


def _rows_at(time_ms: int, committed: Sequence[tuple[int, int]]) -> int:
    sums = [0, *accumulate(rows for _, rows in committed)]
    return sums[bisect_right([time for time, _ in committed], time_ms)]


def _batch(time_ms: int, batches: Sequence[MicroBatch]) -> SeriesRow:
    """Return the columns of the last micro-batch that had ended by then."""
    ended = bisect_right([batch.time_ms for batch in batches], time_ms)
    last = batches[ended - 1] if ended else None
    return {
        "batch_id": last.batch if last else None,
        "batch_duration_ms": last.duration_ms if last else None,
        "batch_rows": last.input_rows if last else None,
    }


def _usage(usages: Mapping[str, meter.ServiceUsage], names: Iterable[str]) -> SeriesRow:
    row: SeriesRow = {}
    for name in names:
        usage = usages.get(name, _ABSENT)
        row[f"{name}_cpu_s"] = f"{usage.cpu_s:.2f}"
        row[f"{name}_rss_bytes"] = usage.rss_bytes
        row[f"{name}_pss_bytes"] = usage.pss_bytes
    return row


def _moved(now: machine.Traffic, first: machine.Traffic) -> SeriesRow:
    return {
        "disk_read_bytes": _difference(now.disk_read_bytes, first.disk_read_bytes),
        "disk_written_bytes": _difference(now.disk_written_bytes, first.disk_written_bytes),
        "loopback_bytes": _difference(now.loopback_bytes, first.loopback_bytes),
    }


def _busy(
    now: Mapping[int, machine.CoreTimes],
    first: Mapping[int, machine.CoreTimes],
    cores: Sequence[int],
) -> str | None:
    """Return the seconds of work of some cores, whoever's it was."""
    if not cores or not {*cores} <= now.keys() & first.keys():
        return None
    return f"{sum(now[core].busy_s - first[core].busy_s for core in cores):.2f}"


def _difference(now: int | None, first: int | None) -> int | None:
    return None if now is None or first is None else now - first
