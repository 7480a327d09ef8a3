"""Each metric is declared once, and says what the record says."""

import pytest

from harness.record import metrics
from harness.record.metrics import METRICS
from harness.record.models import Latency, Result, RunStatus
from tests.unit.harness.record import example

# No cgroup holds the example's run.
OF_THE_KERNEL = {"charged_peak_bytes", "anonymous_peak_bytes", "throttled_s"}
OF_AN_OPEN_LOOP = {"generator_late_share"}
THROUGHPUTS = {"accepted_per_s", "queryable_per_s", "events_per_cpu_s", "cpu_s_per_1000_events"}


def test_names_are_words_that_are_used_once() -> None:
    assert len(METRICS) == len(metrics.DECLARED)
    for name, metric in METRICS.items():
        assert name == metric.name
        assert name.isidentifier()
        assert metric.title
        assert metric.description.endswith(".")
        assert metric.read or metric.by_service


def test_the_unit_stands_in_the_name() -> None:
    ends = {
        "events/s": "_per_s",
        "events/CPU-s": "_per_cpu_s",
        "CPU-s/1,000 events": "_s_per_1000_events",
        "s": "_s",
        "ms": "_ms",
        "cores": "_cores_mean",
        "share": "_share",
        "bytes": "_bytes",
        "bytes/event": "_bytes_per_event",
    }
    for name, metric in METRICS.items():
        assert name.endswith(ends[metric.unit])


def test_what_may_fail_a_check() -> None:
    limits = {name: metric.limit for name, metric in METRICS.items() if metric.limit is not None}

    assert limits == {"queryable_per_s": 0.10, "cpu_s_per_1000_events": 0.05}
    assert all(METRICS[name].better and METRICS[name].read for name in limits)


def test_every_metric_has_a_value_in_a_whole_record() -> None:
    found = metrics.read_metrics(example.result())

    unmeasured = {name for name, value in found.items() if value is None}
    assert unmeasured == {*OF_THE_KERNEL, *OF_AN_OPEN_LOOP}
    assert list(found)[:3] == ["queryable_per_s", "events_per_cpu_s", "accepted_per_s"]
    assert {name.partition(".")[0] for name in found} == METRICS.keys()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("queryable_per_s", 2674.4786),
        ("events_per_cpu_s", 42452 / 41.63),
        ("cpu_s_per_1000_events", 41630 / 42452),
        ("cpu_s_per_1000_events.load_tool", 2180 / 42452),
        ("drain_s", 1.4713),
        ("http_p99_ms", 52.871),
        ("committed_max_ms", 1810.0),
        ("cpu_s", 41.63),
        ("others_cpu_share", 1.2 / (2 * 27.32)),
        ("generator_cpu_share", 2.18 / 14.402),
        ("pss_peak_bytes", 1_702_350_848),
        ("pss_peak_bytes.web", 95 * 2**20),
        ("pss_peak_bytes.harness", 122 * 2**20),
        ("harness_cpu_s", 3.07),
        ("kafka_bytes_per_event", 10_574_458 / 42452),
        ("startup_ready_s.presto", 18.79),
        ("startup_cpu_s.streaming", 12.83),
        ("provision_s", 23.91),
        ("duration_s", 58.214159),
    ],
)
def test_a_value(name: str, expected: float) -> None:
    assert metrics.read_metrics(example.result())[name] == pytest.approx(expected)


@pytest.mark.parametrize("status", ["invalid", "aborted", "error"])
def test_a_run_that_is_not_valid_has_no_throughput(status: RunStatus) -> None:
    result = example.result(status=status)
    assert result.throughput is not None
    assert result.cost is not None

    found = metrics.read_metrics(result)

    assert {found[name] for name in THROUGHPUTS} == {None}
    assert not any(name.startswith("cpu_s_per_1000_events.") for name in found)
    assert found["drain_s"] == result.drain_s


def test_what_was_not_measured_is_null() -> None:
    bare = example.result(
        load=None,
        throughput=None,
        latency_ms=Latency(http=None, committed=None),
        drain_s=None,
        resources=None,
        phases=(),
        startup={},
        cost=None,
    )

    found = metrics.read_metrics(bare)

    assert {name for name, value in found.items() if value is not None} == {"duration_s"}
    assert found.keys() == {name for name, metric in METRICS.items() if metric.read}


def test_a_start_that_failed_took_no_time_that_is_told() -> None:
    failed = example.phases()[0].model_copy(update={"status": "failed"})

    assert METRICS["provision_s"].value(example.result(phases=(failed,))) is None


def test_memory_is_the_kernel_s_only_where_it_counted() -> None:
    watched = example.result().budget
    enforced = watched.model_copy(
        update={"enforced_by": "cgroup-v1", "anonymous_peak_bytes": 5, "throttled_s": 0.25}
    )

    found = metrics.read_metrics(example.result(budget=enforced))

    assert found["charged_peak_bytes"] == watched.memory_peak_bytes
    assert (found["anonymous_peak_bytes"], found["throttled_s"]) == (5, 0.25)


def test_they_come_through_the_file_as_they_are() -> None:
    result = example.result()

    read = Result.model_validate_json(result.model_dump_json(), strict=True)

    assert read.metrics == metrics.read_metrics(read) == result.metrics
