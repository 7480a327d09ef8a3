"""Shares held against a threshold: one-star ratings, and new profiles of the later months."""

import re
from collections.abc import Sequence

from harness.report.analyst import proportion
from harness.report.analyst.rules.finding import (
    RuleFinding,
    TallyRow,
    describe_too_few,
    format_estimate,
)
from harness.system import units

EVEN = 0.5
MANY = 0.1
"""Of the ratings."""

_LIMIT = units.format_share(MANY, 1)
_RATING_WORDS: dict[proportion.Place, str] = {
    "above": f"more than {_LIMIT} of them. Ask these guests what went wrong.",
    "below": f"less than {_LIMIT} of them.",
    "open": f"whether that is more than {_LIMIT} is not settled.",
}
_PROFILE_WORDS: dict[proportion.Place, str] = {
    "above": "ever more are created.",
    "below": "ever fewer are created. Ask what keeps new users from it.",
    "open": "no change is shown.",
}


def conclude_one_star(rows: Sequence[TallyRow]) -> RuleFinding:
    """Conclude whether many ratings have one star; rows have the stars and their ratings."""
    total = sum(row.numbers[0] for row in rows)
    ones = sum(row.numbers[0] for row in rows if row.names == ("1",))
    least = proportion.compute_fewest(MANY)
    rule = (
        f"Of the share of ratings of one star, the whole interval is above or below {_LIMIT}; "
        f"concluded from {least} ratings on."
    )
    if total < least:
        return RuleFinding(describe_too_few(total, least, "ratings"), rule)
    part = proportion.estimate_share(ones, total)
    share = format_estimate(part)
    text = f"{share} of {units.format_count(total)} ratings: {_RATING_WORDS[part.beside(MANY)]}"
    return RuleFinding(text, rule)


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
    return RuleFinding(f"{text}: {_PROFILE_WORDS[part.beside(EVEN)]}", rule)


def _ordinal(month: str) -> int | None:
    """Return the month's number since year 0; None for text that is no month."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", month)
    return 12 * int(found[1]) + int(found[2]) if found else None
