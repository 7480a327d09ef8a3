"""Quantities have sensible digits."""

from __future__ import annotations

from typing import get_args

import pytest

from harness.record.metrics import METRICS, Unit
from harness.report.render import formats

GIB = 2**30


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (formats.count(42452), "42,452"),
        (formats.count(0), "0"),
        (formats.number(2947.6459), "2,948"),
        (formats.number(99.96), "100.0"),
        (formats.number(7.123), "7.1"),
        (formats.seconds(58.214), "58.2 s"),
        (formats.seconds(1.4713), "1.47 s"),
        (formats.seconds(0), "0.00 s"),
        (formats.tenths(168.84), "168.8"),
        (formats.tenths(1688.04), "1,688"),
        (formats.mib(2 * GIB), "2,048"),
        (formats.share(1.52, 2), "76 %"),
        (formats.share(0, 0), "-"),
        (formats.known(7, formats.count), "7"),
        (formats.known(0, formats.count), "0"),
        (formats.known(None, formats.count), "not measured"),
        (formats.known(None, formats.count, "-"), "-"),
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

    assert formats.text(metric, value) == text
    assert formats.figure(metric, value) == figure
    assert formats.heading(metric) == heading


def test_a_metric_that_was_not_measured() -> None:
    metric = METRICS["drain_s"]

    assert formats.text(metric, None) == "not measured"
    assert formats.figure(metric, None) == "-"
    assert formats.figure(metric, None, "never") == "never"


def test_every_unit_has_its_form() -> None:
    assert formats.FORMS.keys() == set(get_args(Unit))
