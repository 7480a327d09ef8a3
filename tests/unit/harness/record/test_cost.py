"""What an event costs is what was used, shared out."""

import pytest

from harness.record import cost
from tests.unit.harness.record import example


def test_cpu_is_shared_out_among_the_accepted_events() -> None:
    used = example.resources()

    found = cost.compute_cost(used, 2000, example.counts(), None, None)

    assert found.cpu_s_per_1000_events == pytest.approx(41.63 / 2)
    assert found.events_per_cpu_s == pytest.approx(2000 / 41.63)
    by_service = found.cpu_s_per_1000_events_by_service
    assert by_service.keys() == {*used.services, "load_tool"}
    assert by_service["web"] == pytest.approx(17.93 / 2)
    assert sum(by_service.values()) == pytest.approx(found.cpu_s_per_1000_events)


def test_bytes_are_shared_out_among_all_that_is_there() -> None:
    counts = example.counts(kafka=100, parquet=50)

    found = cost.compute_cost(
        example.resources(), 10, counts, topic_bytes=25_000, parquet_bytes=2_800
    )

    assert found.kafka_bytes_per_event == 250
    assert found.parquet_bytes_per_event == 56


def test_bytes_that_nobody_could_count() -> None:
    empty = example.counts(kafka=0, parquet=0)

    for found in (
        cost.compute_cost(example.resources(), 10, example.counts(), None, None),
        cost.compute_cost(example.resources(), 10, empty, topic_bytes=0, parquet_bytes=0),
    ):
        assert found.kafka_bytes_per_event is None
        assert found.parquet_bytes_per_event is None
