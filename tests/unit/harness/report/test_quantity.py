"""Quantities have sensible digits."""

from __future__ import annotations

from typing import get_args

import pytest

from harness.record.metrics import METRICS, Unit
from harness.report import quantity

GIB = 2**30


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (quantity.count(42452), "42,452"),
        (quantity.count(0), "0"),
        (quantity.number(2947.6459), "2,948"),
        (quantity.number(99.96), "100.0"),
        (quantity.number(7.123), "7.1"),
        (quantity.seconds(58.214), "58.2 s"),
        (quantity.seconds(1.4713), "1.47 s"),
        (quantity.seconds(0), "0.00 s"),
        (quantity.tenths(168.84), "168.8"),
        (quantity.tenths(1688.04), "1,688"),
        (quantity.gib(int(3.25 * GIB)), "3.25 GiB"),
        (quantity.mib(2 * GIB), "2,048"),
        (quantity.share(1.52, 2), "76 %"),
        (quantity.share(0, 0), "-"),
        (quantity.known(7, quantity.count), "7"),
        (quantity.known(0, quantity.count), "0"),
        (quantity.known(None, quantity.count), "not measured"),
        (quantity.known(None, quantity.count, "-"), "-"),
    ],
)
def test_a_quantity(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize(
    ("name", "value", "text", "figure", "heading"),
    [
        ("queryable_per_s", 2674.4, "2,674 events/s", "2,674", "events per second, events/s"),
        (
            "events_per_cpu_s",
            41.63,
            "41.6 events/CPU-s",
            "41.6",
            "events per CPU-second, events/CPU-s",
        ),
        ("cpu_s_per_1000_events", 0.4218, "0.422 s", "0.422", "CPU per 1,000 events, s"),
        ("drain_s", 1.4713, "1.47 s", "1.5", "drain, s"),
        ("http_p50_ms", 20.114, "20.1 ms", "20.1", "HTTP answer, p50, ms"),
        ("cpu_cores_mean", 1.5239, "1.52 cores", "1.52", "CPU, mean, cores"),
        ("pss_peak_bytes", 2.0 * GIB, "2.00 GiB", "2,048", "PSS peak, MiB"),
        ("kafka_bytes_per_event", 249.09, "249 bytes", "249", "an event in Kafka, bytes"),
    ],
)
def test_a_metric_is_shown_by_its_unit(
    name: str, value: float, text: str, figure: str, heading: str
) -> None:
    metric = METRICS[name]

    assert quantity.text(metric, value) == text
    assert quantity.figure(metric, value) == figure
    assert quantity.heading(metric) == heading


def test_a_metric_that_was_not_measured() -> None:
    metric = METRICS["drain_s"]

    assert quantity.text(metric, None) == "not measured"
    assert quantity.figure(metric, None) == "-"
    assert quantity.figure(metric, None, "never") == "never"


def test_every_unit_has_its_form() -> None:
    assert quantity.FORMS.keys() == set(get_args(Unit))
