"""What a rule makes of figures, and how its words are put."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.report.analyst.proportion import Estimate
from harness.report.render.document import Table, shorten
from harness.system import units

TOO_FEW, OPEN = "too few", "not settled"
"""Verdicts that every rule may come to."""
MOST_NAMED = 8
LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """The words of a conclusion, the rule with its numbers, and what was judged."""

    text: str
    rule: str
    judged: Table | None = None


def describe_too_few(number: int, least: int, things: str) -> str:
    """Return the text for fewer things than a rule concludes from."""
    return f"Too few to conclude from: {units.format_count(number)}; it takes {least} {things}."


def list_by_verdict(words: str, verdicts: Mapping[str, str], verdict: str) -> str:
    """Return a sentence and a blank with the names of a verdict; empty for no names."""
    names = [shorten_name(name) for name, found in verdicts.items() if found == verdict]
    return f"{words}: {join_names(names)}. " if names else ""


def shorten_name(name: str) -> str:
    """Return a name, which may be any text, cut for use within a sentence."""
    return shorten(name, LONGEST_NAME)


def join_names(things: Iterable[str]) -> str:
    """Join names as `Pizza, Thai and Phở`; of many, the first."""
    names = [*things]
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} others"]
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def format_percent(value: float) -> str:
    """Return the share as `15.2 %`."""
    return f"{100 * value:.1f} %"


def format_estimate(part: Estimate) -> str:
    """Return the estimate as `15.2 % (14.5 to 16.0 %)`."""
    return f"{format_percent(part.value)} ({100 * part.low:.1f} to {format_percent(part.high)})"
