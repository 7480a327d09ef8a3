"""Rows of the series, from samples, commits and batches."""

import csv
from pathlib import Path
from typing import Any

import pytest

from harness.cgroup.group import Whole
from harness.monitor import series
from harness.monitor.batches import MicroBatch
from harness.monitor.machine import CoreTimes, Traffic
from harness.monitor.meter import ServiceUsage
from harness.monitor.series import Flow, Sample, SeriesRow

SERVICES = ("kafka", "web")
# Two commits in one millisecond, as a busy machine may see them.
COMMITTED = [(2_000, 10), (3_000, 5), (3_000, 4)]
BATCHES = [
    MicroBatch(batch=0, input_rows=0, duration_ms=811, time_ms=1_500),
    MicroBatch(batch=1, input_rows=10, duration_ms=700, time_ms=2_001),
]


def sample(time_ms: int, **changes: Any) -> Sample:
    fields: dict[str, Any] = {
        "elapsed_s": time_ms / 1_000,
        "time_ms": time_ms,
        "phase": "load",
        "flow": None,
        "usages": {},
        "memory": None,
        "traffic": Traffic(700, 800, 900),
        "cores": {},
    }
    return Sample(**{**fields, **changes})


def rows(*samples: Sample, committed: list[tuple[int, int]] | None = COMMITTED) -> list[SeriesRow]:
    return list(series.assemble_rows(samples, committed, BATCHES, SERVICES))


def test_a_row_has_its_moment_and_its_phase() -> None:
    (row,) = rows(sample(1_790_000_000_123, elapsed_s=27.0061, phase="drain"))

    assert (row["elapsed_s"], row["time_ms"]) == ("27.006", 1_790_000_000_123)
    assert row["phase"] == "drain"


@pytest.mark.parametrize(
    ("time_ms", "expected"),
    [(1_999, 0), (2_000, 10), (2_999, 10), (3_000, 19), (9_000, 19)],
)
def test_rows_committed_by_then_and_the_lag(time_ms: int, expected: int) -> None:
    (row,) = rows(sample(time_ms, flow=Flow(accepted=20, kafka_end=21)))

    assert (row["accepted"], row["kafka_end"]) == (20, 21)
    assert (row["committed_rows"], row["lag"]) == (expected, 21 - expected)


def test_nothing_is_known_of_events_before_the_pipeline_is_ready() -> None:
    (row,) = rows(sample(9_000))

    events = ("accepted", "kafka_end", "committed_rows", "lag")
    assert {row[name] for name in events} == {None}


def test_a_kafka_that_did_not_answer_leaves_its_fields_empty() -> None:
    (row,) = rows(sample(2_000, flow=Flow(accepted=20, kafka_end=None)))

    assert (row["accepted"], row["committed_rows"]) == (20, 10)
    assert (row["kafka_end"], row["lag"]) == (None, None)


def test_a_commit_log_that_was_not_read_leaves_its_fields_empty() -> None:
    (row,) = rows(sample(2_000, flow=Flow(20, 21)), committed=None)

    assert (row["accepted"], row["kafka_end"]) == (20, 21)
    assert (row["committed_rows"], row["lag"]) == (None, None)


def test_a_log_without_a_commit_is_zero_rows() -> None:
    (row,) = rows(sample(2_000, flow=Flow(3, 3)), committed=[])

    assert (row["committed_rows"], row["lag"]) == (0, 3)


def test_the_last_batch_that_had_ended() -> None:
    before, first, second, after = rows(sample(1_499), sample(1_500), sample(2_001), sample(9_000))

    names = ("batch_id", "batch_duration_ms", "batch_rows")
    assert [before[name] for name in names] == [None, None, None]
    assert [first[name] for name in names] == [0, 811, 0]
    assert [second[name] for name in names] == [1, 700, 10]
    assert [after[name] for name in names] == [1, 700, 10]


def test_cpu_and_memory_of_each() -> None:
    usages = {
        "kafka": ServiceUsage(pids=(7,), cpu_s=1.234, rss_bytes=50, pss_bytes=40),
        "harness": ServiceUsage(pids=(1, 2), cpu_s=0.5, rss_bytes=9, pss_bytes=None),
    }

    (row,) = rows(sample(1_000, usages=usages))

    assert row["kafka_cpu_s"] == "1.23"
    assert (row["kafka_rss_bytes"], row["kafka_pss_bytes"]) == (50, 40)
    assert (row["harness_rss_bytes"], row["harness_pss_bytes"]) == (9, None)
    # Without a process nothing was used.
    assert (row["web_cpu_s"], row["web_rss_bytes"]) == ("0.00", 0)
    assert (row["load_tool_cpu_s"], row["load_tool_rss_bytes"]) == ("0.00", 0)


def test_memory_of_the_cgroup() -> None:
    charged = Whole(
        cpu_s=1, charged_bytes=0, charged_peak_bytes=9, anonymous_bytes=7, throttled_s=0
    )
    without, within = rows(sample(1_000), sample(2_000, memory=charged))

    names = ("cgroup_memory_bytes", "cgroup_anonymous_bytes")
    assert [without[name] for name in names] == [None, None]
    assert [within[name] for name in names] == [0, 7]


def test_traffic_counts_from_the_first_look() -> None:
    names = ("disk_read_bytes", "disk_written_bytes", "loopback_bytes")

    first, second = rows(sample(1_000), sample(2_000, traffic=Traffic(700, 850, None)))

    assert [first[name] for name in names] == [0, 0, 0]
    assert [second[name] for name in names] == [0, 50, None]


def test_what_is_null_is_empty_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"

    series.write_rows(path, rows(sample(1_000), sample(2_000, flow=Flow(0, None))))

    with path.open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first)[:4] == ["elapsed_s", "time_ms", "phase", "accepted"]
    assert (first["accepted"], second["accepted"]) == ("", "0")
    assert (first["loopback_bytes"], second["kafka_end"]) == ("0", "")


def test_work_of_the_cores_of_the_services() -> None:
    samples = [
        sample(moment, cores={core: CoreTimes(busy_s + core, 0.0, 0.0) for core in range(4)})
        for moment, busy_s in ((1_000, 50.0), (2_000, 50.75), (3_000, 51.25))
    ]
    gone = sample(4_000, cores={0: CoreTimes(60.0, 0.0, 0.0)})

    for cores, expected in (
        ((0, 1), ["0.00", "1.50", "2.50", None]),
        ((), [None] * 4),
        ((7,), [None] * 4),
    ):
        made = series.assemble_rows([*samples, gone], [], [], SERVICES, cores)
        assert [row["cores_busy_s"] for row in made] == expected
