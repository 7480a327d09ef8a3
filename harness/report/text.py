"""Values as a report shows them: three digits that matter, a unit, thousands apart.

What was not measured is `NONE`; zero is 0.
"""

from __future__ import annotations

from harness.config import GIB

NONE = "\N{EN DASH}"
LONGEST = 400
MIB = 2**20


def printable(text: str) -> str:
    """The text on one line, harmless to a terminal, cut after `LONGEST` characters.

    Control, format and other invisible characters are shown as their escapes.
    """
    cut = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut
    )


def count(value: int | None) -> str:
    """A whole number."""
    return NONE if value is None else f"{value:,}"


def number(value: float | None) -> str:
    """A number without its unit."""
    if value is None:
        return NONE
    if value == 0:
        return "0"
    # The bounds are where rounding would add a digit.
    return f"{value:,.{2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0}f}"


def seconds(value: float | None) -> str:
    """A duration given in seconds."""
    return NONE if value is None else f"{number(value)} s"


def milliseconds(*values: float) -> str:
    """Latencies given in milliseconds, side by side."""
    return f"{' / '.join(map(number, values))} ms"


def size(value: int | None) -> str:
    """An amount of memory given in bytes: GiB from one on, else MiB."""
    if value is None:
        return NONE
    return gib(value) if value >= GIB else f"{value / MIB:,.0f} MiB"


def gib(value: int) -> str:
    """An amount of memory given in bytes, in GiB."""
    return f"{value / GIB:,.2f} GiB"


def yes(value: bool | None) -> str:
    """Yes or no."""
    return NONE if value is None else "yes" if value else "no"
