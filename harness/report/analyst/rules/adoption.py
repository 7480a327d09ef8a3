"""Whether ever more users create a profile."""

import re
from collections.abc import Sequence

from harness.report.analyst import proportion
from harness.report.analyst.rules.finding import RuleFinding, describe_too_few, format_estimate
from harness.report.analyst.tally import TallyRow
from harness.system import units

EVEN = 0.5

_WORDS: dict[proportion.Place, str] = {
    "above": "ever more are created.",
    "below": "ever fewer are created. Ask what keeps new users from it.",
    "open": "no change is shown.",
}


def conclude_profiles(rows: Sequence[TallyRow]) -> RuleFinding:
    """Compare the halves of the months; rows have the month, as 2019-03, and its profiles."""
    numbers = {
        month: row.numbers[0] for row in rows if (month := _ordinal(row.names[0])) is not None
    }
    least = proportion.compute_fewest(EVEN)
    rule = (
        "Of the later half's share of the profiles, the whole interval is above or below 50 %; the "
        "halves are those of the time from the first month to the last, without one in the middle; "
        f"concluded from {least} profiles on."
    )
    middle = (min(numbers) + max(numbers)) / 2 if numbers else 0
    later = sum(number for month, number in numbers.items() if month > middle)
    total = later + sum(number for month, number in numbers.items() if month < middle)
    if total < least:
        return RuleFinding(describe_too_few(total, least, "profiles, in two months or more"), rule)
    part = proportion.estimate_share(later, total)
    text = (
        f"{format_estimate(part)} of {units.format_count(total)} profiles are of the later half of "
        "the months"
    )
    return RuleFinding(f"{text}: {_WORDS[part.beside(EVEN)]}", rule)


def _ordinal(month: str) -> int | None:
    """Return the month's number since year 0; None for text that is no month."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", month)
    return 12 * int(found[1]) + int(found[2]) if found else None
