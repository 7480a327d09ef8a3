"""Statements that are tested on a run: how one is made, and what one that fails says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from reprlib import Repr

from harness.record.models import Check, CheckStatus

FIRST = 5
"""How many of the things that are amiss are named."""

_repr = Repr()
_repr.maxstring = 60


def check(name: str, expected: str, actual: str, judged: bool = True) -> Check:
    """A test that passes where both texts are the same."""
    status: CheckStatus = "pass" if expected == actual else "fail"
    return Check(
        name=name, status=status if judged else "not_run", expected=expected, actual=actual
    )


def listed(things: Sequence[str], notes: Sequence[str] = (), separator: str = ", ") -> str:
    """How many things there are, the first of them, and what is known of them all."""
    if not things:
        return "0"
    first = separator.join(things[:FIRST]) + (f"{separator}…" if len(things) > FIRST else "")
    return f"{len(things):,} ({'; '.join([first, *notes])})"


def shown(value: object) -> str:
    """A value as Python writes it; of a long text, its beginning and its end."""
    return _repr.repr(value)


def reasons(checks: Iterable[Check]) -> tuple[str, ...]:
    """What is not as it should be; without any, the run is valid."""
    return tuple(
        f"{check.name}: {check.actual} instead of {check.expected}"
        for check in checks
        if check.status == "fail"
    )
