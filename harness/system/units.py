"""Sizes in bytes, and quantities as text: sensible digits, thousands separated, units."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

MIB = 2**20
GIB = 2**30

NONE = "-"
UNKNOWN = "unknown"
NOT_MEASURED = "not measured"


def format_optional(value: T | None, show: Callable[[T], str], unknown: str = NOT_MEASURED) -> str:
    """Return `show(value)`, or `unknown` for None."""
    return unknown if value is None else show(value)


def format_count(number: int) -> str:
    """Return the number as `42,452`."""
    return f"{number:,}"


def format_number(value: float) -> str:
    """Return the value as `2,948`; with a decimal below a hundred."""
    return f"{value:,.{0 if value >= 100 else 1}f}"


def format_seconds(value_s: float) -> str:
    """Return the duration as `58.2 s`; with two decimals below ten."""
    return f"{value_s:,.{1 if value_s >= 10 else 2}f} s"


def format_tenths(value: float) -> str:
    """Return the value as `168.8`, without its unit; as `1,688` from a thousand on."""
    return f"{value:,.{0 if value >= 1000 else 1}f}"


def format_gib(size_bytes: float) -> str:
    """Return the size as `3.25 GiB`."""
    return f"{size_bytes / GIB:.2f} GiB"


def format_mib(size_bytes: float) -> str:
    """Return the size in MiB as `529`, without its unit."""
    return f"{size_bytes / MIB:,.0f}"


def format_share(part: float, whole: float) -> str:
    """Return the share as `49 %`, or `-` where `whole` is 0."""
    return f"{100 * part / whole:.0f} %" if whole else NONE
