"""The share of ratings of one star."""

from collections.abc import Sequence

from harness.report.analyst import proportion
from harness.report.analyst.rules.finding import RuleFinding, describe_too_few, format_estimate
from harness.report.analyst.tally import TallyRow
from harness.system import units

MANY = 0.1
"""Of the ratings."""

_LIMIT = units.format_share(MANY, 1)
_WORDS: dict[proportion.Place, str] = {
    "above": f"more than {_LIMIT} of them. Ask these guests what went wrong.",
    "below": f"less than {_LIMIT} of them.",
    "open": f"whether that is more than {_LIMIT} is not settled.",
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
    text = f"{share} of {units.format_count(total)} ratings: {_WORDS[part.beside(MANY)]}"
    return RuleFinding(text, rule)
