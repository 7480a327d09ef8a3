"""A metric's value as text: with its unit, or in a column under a heading."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.record.metrics import METRICS, Metric, Unit
from harness.system.units import (
    MIB,
    NONE,
    format_gib,
    format_mib,
    format_number,
    format_optional,
    format_seconds,
    format_tenths,
)


@dataclass(frozen=True, slots=True)
class UnitFormat:
    """How a unit's quantities are written: with it, or in a column with `above` over it."""

    text: Callable[[float], str]
    figure: Callable[[float], str]
    above: str


def _plain(unit: str, figure: Callable[[float], str]) -> UnitFormat:
    """Return the format of a unit that is written alike in both places."""
    return UnitFormat(lambda value: f"{figure(value)} {unit}", figure, unit)


UNIT_FORMATS: dict[Unit, UnitFormat] = {
    "events/s": _plain("events/s", format_number),
    "events/CPU-s": _plain("events/CPU-s", format_number),
    "CPU-s/1,000 events": _plain("s", "{:,.3f}".format),
    "s": UnitFormat(format_seconds, format_tenths, "s"),
    "ms": _plain("ms", format_tenths),
    "cores": _plain("cores", "{:.2f}".format),
    "share": _plain("%", lambda share: f"{100 * share:.1f}"),
    "bytes": UnitFormat(format_gib, format_mib, "MiB"),
    "bytes/event": _plain("bytes", format_number),
}


def format_metric(metric: Metric, value: float | None) -> str:
    """Return a metric's value with its unit, or the words for None."""
    return format_optional(value, UNIT_FORMATS[metric.unit].text)


def format_figure(metric: Metric, value: float | None, unknown: str = NONE) -> str:
    """Return a metric's value where the unit stands beside or above."""
    return format_optional(value, UNIT_FORMATS[metric.unit].figure, unknown)


def scale_metric(metric: Metric, value: float | None) -> float | None:
    """Return a metric's value in the unit that stands above its column."""
    if value is None:
        return None
    return value * {"bytes": 1 / MIB, "share": 100.0}.get(metric.unit, 1.0)


def format_heading(metric: Metric) -> str:
    """Return the heading of a column of a metric's values, as `PSS peak, MiB`."""
    return f"{metric.title}, {UNIT_FORMATS[metric.unit].above}"


def format_service(name: str) -> str:
    """Return a service's recorded name as words: `load_tool` is `load tool`."""
    return name.replace("_", " ")


def format_short_title(name: str) -> str:
    """Return the title of a metric, or the service alone of a metric by service."""
    metric, _, service = name.partition(".")
    return format_service(service) or METRICS[metric].title


def format_interval(low: float | None, high: float | None, unknown: str) -> str:
    """Return the interval of a ratio, as `0.950 to 1.020`, or `unknown` without one."""
    if low is None or high is None:
        return unknown
    return f"{low:.3f} to {high:.3f}"
