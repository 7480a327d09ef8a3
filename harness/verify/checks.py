"""Checks of a run, and the text of a check that fails."""

from collections.abc import Iterable, Sequence
from reprlib import Repr

from harness.record.models import Check, CheckStatus

FIRST = 5
"""The number of failing things that a check names."""

_repr = Repr()
_repr.maxstring = 60


def create_check(name: str, expected: str, actual: str, *, judged: bool = True) -> Check:
    """Create a check that passes if both texts are the same, unless it is not judged."""
    status: CheckStatus = "pass" if expected == actual else "fail"
    return Check(
        name=name, status=status if judged else "not_run", expected=expected, actual=actual
    )


def format_list(things: Sequence[str], notes: Sequence[str] = (), separator: str = ", ") -> str:
    """Return the number of things, the first of them, and notes on all of them."""
    if not things:
        return "0"
    first = separator.join(things[:FIRST]) + (f"{separator}…" if len(things) > FIRST else "")
    return f"{len(things):,} ({'; '.join([first, *notes])})"


def format_value(value: object) -> str:
    """Return the value's `repr`; a long text is cut in its middle."""
    return _repr.repr(value)


def format_difference(expected: object, found: object) -> str:
    """Return a text that shows both values."""
    return f"expected {format_value(expected)}, found {format_value(found)}"


def list_reasons(checks: Iterable[Check]) -> tuple[str, ...]:
    """Return a line for each check that failed; without any, the run is valid."""
    return tuple(
        f"{check.name}: {check.actual} instead of {check.expected}"
        for check in checks
        if check.status == "fail"
    )
