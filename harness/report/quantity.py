"""Quantities as text: sensible digits, thousands separated, with their units."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from harness.config import GIB, MIB

T = TypeVar("T")

NONE = "-"
NOT_MEASURED = "not measured"


def known(value: T | None, show: Callable[[T], str], unknown: str = NOT_MEASURED) -> str:
    """A quantity as `show` has it, or the word for one that is null."""
    return unknown if value is None else show(value)


def count(number: int) -> str:
    """As `42,452`."""
    return f"{number:,}"


def rate(per_s: float) -> str:
    """As `2,948 events/s`; with a decimal below a hundred."""
    return f"{per_s:,.{0 if per_s >= 100 else 1}f} events/s"


def seconds(value: float) -> str:
    """As `58.2 s`; with two decimals below ten."""
    return f"{value:,.{1 if value >= 10 else 2}f} s"


def tenths(value: float) -> str:
    """As `1,688.0`, for a column whose unit stands above."""
    return f"{value:,.1f}"


def gib(size_bytes: int) -> str:
    """As `3.25 GiB`."""
    return f"{size_bytes / GIB:.2f} GiB"


def mib(size_bytes: int) -> str:
    """As `529`, for a column whose unit stands above."""
    return f"{size_bytes / MIB:,.0f}"


def share(part: float, whole: float) -> str:
    """As `49 %`; there is no share of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else NONE
