"""Menus that are ordered with a coupon more often than the others, or less often."""

from collections.abc import Sequence

from harness.report.analyst import proportion
from harness.report.analyst.rules.finding import (
    TOO_FEW,
    RuleFinding,
    TallyRow,
    format_estimate,
    format_percent,
    list_by_verdict,
)
from harness.report.render.document import Table
from harness.system import units

NOTABLE = 0.05
"""A difference of two rates that is smaller is none for the business."""

MORE, LESS, ALIKE, UNTOLD = "more often", "less often", "about as often", "no difference shown"


def conclude_coupons(rows: Sequence[TallyRow]) -> RuleFinding:
    """Compare each menu with all others.

    Rows have the menu, its orders, and its orders with a coupon.
    """
    # A wrong answer may have others.
    rows = [row for row in rows if 0 < row.numbers[0] >= row.numbers[1]]
    orders, used = (sum(row.numbers[place] for row in rows) for place in (0, 1))
    rule = (
        "Of a menu's coupon rate less that of all others, the whole interval is beyond 0, and it "
        f"is {100 * NOTABLE:g} points or more"
    )
    if len(rows) < 2:
        return RuleFinding("Too few to conclude from: it takes orders of two menus.", f"{rule}.")
    if used in (0, orders):
        words = "Every order had one" if used else "No order had one"
        return RuleFinding(f"{words}: there is no difference.", f"{rule}.")
    least = proportion.compute_fewest(used / orders, len(rows))
    apart = {row.names[0]: _apart(row, orders, used, least, len(rows)) for row in rows}
    verdicts = {name: _verdict(difference) for name, difference in apart.items()}
    alike = "" if {MORE, LESS} & {*verdicts.values()} else "No menu is shown to differ. "
    if {*verdicts.values()} == {TOO_FEW}:
        alike = ""
    text = (
        f"{format_estimate(proportion.estimate_share(used, orders))} of all orders had one. "
        + list_by_verdict("More often than elsewhere for", verdicts, MORE)
        + list_by_verdict("Less often than elsewhere for", verdicts, LESS)
        + alike
        + list_by_verdict("Too few to conclude from", verdicts, TOO_FEW)
    )
    table = Table(
        ("menu", "orders", "coupon rate", "more than others", "interval, points", "verdict"),
        tuple(_row(row, apart[row.names[0]], verdicts[row.names[0]]) for row in rows),
        "lrrrrl",
        "Menus by the rule",
    )
    return RuleFinding(
        text.strip(), f"{rule}; concluded from {least} orders of it, and of the others, on.", table
    )


def _apart(
    row: TallyRow, orders: int, used: int, least: int, menus: int
) -> proportion.Estimate | None:
    """Estimate the menu's rate less that of all others; None where either has too few orders."""
    own, own_used = row.numbers
    if min(own, orders - own) < least:
        return None
    return proportion.estimate_difference((own_used, own), (used - own_used, orders - own), menus)


def _verdict(apart: proportion.Estimate | None) -> str:
    if apart is None:
        return TOO_FEW
    place = apart.beside(0)
    if place == "open":
        return UNTOLD
    if abs(apart.value) < NOTABLE:
        return ALIKE
    return MORE if place == "above" else LESS


def _row(row: TallyRow, apart: proportion.Estimate | None, verdict: str) -> tuple[str, ...]:
    orders, used = row.numbers
    figures = (units.NONE, units.NONE)
    if apart is not None:
        figures = (
            _points(apart.value),
            f"{_points(apart.low)} to {_points(apart.high)}",
        )
    return (
        row.names[0],
        units.format_count(orders),
        format_percent(used / orders),
        *figures,
        verdict,
    )


def _points(value: float) -> str:
    return f"{100 * value:+z.1f}"
