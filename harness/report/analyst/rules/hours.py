"""Hours in which more happens than in the others."""

from collections.abc import Collection, Mapping, Sequence

from harness.report.analyst import proportion
from harness.report.analyst.rules.finding import (
    OPEN,
    RuleFinding,
    TallyRow,
    describe_too_few,
    format_estimate,
    format_percent,
    join_names,
)
from harness.report.render.document import Table
from harness.system import units

BUSY = 1.5
"""Times the mean hour."""

_VERDICTS: dict[proportion.Place, str] = {"above": "busy", "below": "not busy", "open": OPEN}


def format_hour(hour: int) -> str:
    """Return when an hour begins, as `09:00`."""
    return f"{hour:02}:00"


def conclude_busy_hours(rows: Sequence[TallyRow], things: str) -> RuleFinding:
    """Conclude in which hours many `things` come; rows have the hour and its number of them."""
    numbers = {hour: number for hour, number in sorted(row.numbers for row in rows) if number}
    total = sum(numbers.values())
    rule = (
        f"Of an hour's share of the {things}, the whole interval is above {BUSY:g} times that of "
        f"the mean hour with any"
    )
    if len(numbers) < 2:
        text = f"Too few to conclude from: it takes {things} in two hours or more."
        return RuleFinding(text, f"{rule}.")
    limit = BUSY / len(numbers)
    least = proportion.compute_fewest(limit, len(numbers))
    rule += f", {format_percent(limit)}; concluded from {least} {things} on."
    if total < least:
        return RuleFinding(describe_too_few(total, least, things), rule)
    shares = {
        hour: proportion.estimate_share(number, total, len(numbers))
        for hour, number in numbers.items()
    }
    verdicts = {hour: _VERDICTS[part.beside(limit)] for hour, part in shares.items()}
    text = _words(numbers, shares, verdicts, things)
    return RuleFinding(text, rule, _table(numbers, shares, verdicts, things))


def _words(
    numbers: Mapping[int, int],
    shares: Mapping[int, proportion.Estimate],
    verdicts: Mapping[int, str],
    things: str,
) -> str:
    busy = [hour for hour, verdict in verdicts.items() if verdict == "busy"]
    unsettled = [hour for hour, verdict in verdicts.items() if verdict == OPEN]
    text = "No hour stands out."
    if busy:
        most = max(busy, key=lambda hour: numbers[hour])
        part = sum(shares[hour].value for hour in busy)
        text = (
            f"{_stretches(busy)} UTC: {format_percent(part)} of all {things} in {len(busy)} of "
            f"{len(numbers)} hours; the most in that from {format_hour(most)}, "
            f"{format_estimate(shares[most])}."
        )
    return f"{text} Not settled: {_stretches(unsettled)}." if unsettled else text


def _stretches(hours: Collection[int]) -> str:
    """Join consecutive hours into stretches, as `10:00 to 11:00 and 17:00 to 21:00`."""
    begins = [hour for hour in hours if hour - 1 not in hours]
    ends = [hour + 1 for hour in hours if hour + 1 not in hours]
    return join_names(
        f"{format_hour(a)} to {format_hour(b)}" for a, b in zip(begins, ends, strict=True)
    )


def _table(
    numbers: Mapping[int, int],
    shares: Mapping[int, proportion.Estimate],
    verdicts: Mapping[int, str],
    things: str,
) -> Table:
    rows = tuple(
        (
            format_hour(hour),
            units.format_count(numbers[hour]),
            format_percent(part.value),
            f"{100 * part.low:.1f} to {format_percent(part.high)}",
            verdicts[hour],
        )
        for hour, part in shares.items()
    )
    return Table(
        ("hour", things, "share", "interval", "verdict"),
        rows,
        "lrrrl",
        f"Hours of {things} by the rule",
    )
