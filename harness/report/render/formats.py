"""Quantities as text: sensible digits, thousands separated, with their units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from harness.record.metrics import Metric, Unit
from harness.system.units import MIB, format_gib

T = TypeVar("T")

NONE = "-"
NOT_MEASURED = "not measured"


def known(value: T | None, show: Callable[[T], str], unknown: str = NOT_MEASURED) -> str:
    """A quantity as `show` has it, or the word for one that is null."""
    return unknown if value is None else show(value)


def count(number: int) -> str:
    """As `42,452`."""
    return f"{number:,}"


def number(value: float) -> str:
    """As `2,948`; with a decimal below a hundred."""
    return f"{value:,.{0 if value >= 100 else 1}f}"


def seconds(value: float) -> str:
    """As `58.2 s`; with two decimals below ten."""
    return f"{value:,.{1 if value >= 10 else 2}f} s"


def tenths(value: float) -> str:
    """As `168.8`, for a column whose unit stands above; from a thousand on as `1,688`."""
    return f"{value:,.{0 if value >= 1000 else 1}f}"


def mib(size_bytes: float) -> str:
    """As `529`, for a column whose unit stands above."""
    return f"{size_bytes / MIB:,.0f}"


def share(part: float, whole: float) -> str:
    """As `49 %`; there is no share of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else NONE


@dataclass(frozen=True, slots=True)
class Form:
    """How a unit's quantities are written: with it, or in a column with `above` over it."""

    text: Callable[[float], str]
    figure: Callable[[float], str]
    above: str


def _plain(unit: str, figure: Callable[[float], str]) -> Form:
    """One that is written alike in both places."""
    return Form(lambda value: f"{figure(value)} {unit}", figure, unit)


FORMS: dict[Unit, Form] = {
    "events/s": _plain("events/s", number),
    "events/CPU-s": _plain("events/CPU-s", number),
    "CPU-s/1,000 events": _plain("s", "{:,.3f}".format),
    "s": Form(seconds, tenths, "s"),
    "ms": _plain("ms", tenths),
    "cores": _plain("cores", "{:.2f}".format),
    "bytes": Form(format_gib, mib, "MiB"),
    "bytes/event": _plain("bytes", number),
}


def text(metric: Metric, value: float | None) -> str:
    """A metric's value with its unit, or the words for one that is null."""
    return known(value, FORMS[metric.unit].text)


def figure(metric: Metric, value: float | None, unknown: str = NONE) -> str:
    """A metric's value where the unit stands beside or above."""
    return known(value, FORMS[metric.unit].figure, unknown)


def plotted(metric: Metric, value: float | None) -> float | None:
    """A metric's value in the unit that stands above its column."""
    return value / MIB if metric.unit == "bytes" and value is not None else value


def heading(metric: Metric) -> str:
    """What stands above a column of a metric's values, as `PSS peak, MiB`."""
    return f"{metric.title}, {FORMS[metric.unit].above}"
