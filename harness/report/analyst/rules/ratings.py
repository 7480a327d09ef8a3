"""The share of ratings of one star."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.analyst import proportion
from harness.report.analyst.proportion import Place
from harness.report.analyst.rules.finding import Finding, share, too_few
from harness.report.analyst.tally import Row
from harness.report.render import formats

MANY = 0.1
"""Of the ratings."""

_LIMIT = formats.share(MANY, 1)
_WORDS: dict[Place, str] = {
    "above": f"more than {_LIMIT} of them. Ask these guests what went wrong.",
    "below": f"less than {_LIMIT} of them.",
    "open": f"whether that is more than {_LIMIT} is not settled.",
}


def one_star(rows: Sequence[Row]) -> Finding:
    """Whether it is high; rows have the stars and their number."""
    total = sum(row.numbers[0] for row in rows)
    ones = sum(row.numbers[0] for row in rows if row.names == ("1",))
    least = proportion.fewest(MANY)
    rule = (
        f"Of the share of ratings of one star, the whole interval is above or below {_LIMIT}; "
        f"concluded from {least} ratings on."
    )
    if total < least:
        return Finding(too_few(total, least, "ratings"), rule)
    part = proportion.share(ones, total)
    text = f"{share(part)} of {formats.count(total)} ratings: {_WORDS[part.beside(MANY)]}"
    return Finding(text, rule)
