"""Quantities have sensible digits."""

from typing import get_args

import pytest

from harness.record.metrics import METRICS, Unit
from harness.report.render import formats

GIB = 2**30


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

    assert formats.format_metric(metric, value) == text
    assert formats.format_figure(metric, value) == figure
    assert formats.format_heading(metric) == heading


def test_a_metric_that_was_not_measured() -> None:
    metric = METRICS["drain_s"]

    assert formats.format_metric(metric, None) == "not measured"
    assert formats.format_figure(metric, None) == "-"
    assert formats.format_figure(metric, None, "never") == "never"


def test_every_unit_has_its_form() -> None:
    assert formats.UNIT_FORMATS.keys() == set(get_args(Unit))
