"""Menus: how many orders there are for the searches."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.analyst import proportion
from harness.report.analyst.rules.finding import (
    OPEN,
    TOO_FEW,
    RuleFinding,
    TallyRow,
    describe_too_few,
    format_percent,
    join_names,
    list_by_verdict,
    shorten_name,
)
from harness.report.render.document import Table
from harness.system import units

SELDOM, OFTEN = 0.1, 0.5
"""Orders for a search: below the first a menu is hardly ordered, above the second readily."""
OVERLOOKED = 0.5
"""Times an equal share of the searches: below it few search for a menu."""

HARDLY, READILY, BETWEEN = "hardly ordered", "readily ordered", "in between"


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu, its orders for a search, and what they are called."""

    name: str
    searches: int
    orders: int
    per_search: proportion.Estimate
    verdict: str


def conclude_unwanted(rows: Sequence[TallyRow]) -> RuleFinding:
    """Conclude which menus are searched for and not ordered.

    Rows have the menu, its searches and its orders.
    """
    menus = _judged(rows)
    found = [
        f"{shorten_name(menu.name)} ({_number(menu.per_search.value)} orders for a search)"
        for menu in menus
        if menu.verdict == HARDLY
    ]
    advice = "Many look for it and few buy what they find: ask why."
    rule = (
        f"Of a menu's orders for a search, the whole interval is below {SELDOM:g}; concluded from "
        f"{_fewest(len(rows))} searches and orders of it on."
    )
    table = Table(
        ("menu", "searches", "orders", "orders for a search", "interval", "verdict"),
        tuple(map(_row, menus)),
        "lrrrrl",
        "Menus by the rule",
    )
    text = f"{join_names(found)}. {advice}" if found else "No menu is."
    return RuleFinding(_with_the_rest(text, menus), rule, table)


def conclude_overlooked(rows: Sequence[TallyRow]) -> RuleFinding:
    """Conclude which menus are readily ordered and seldom searched for; rows are as above."""
    menus = _judged(rows)
    searches = sum(menu.searches for menu in menus)
    least = _fewest(len(rows))
    rule = (
        f"Of a menu's orders for a search, the whole interval is above {OFTEN:g}, and that of its "
        f"share of all searches below {OVERLOOKED:g} times an equal share; concluded from {least} "
        "searches and orders of it on, and as many searches in all."
    )
    if len(menus) < 2 or searches < least:
        return RuleFinding(
            describe_too_few(searches, least, "searches for two menus or more"), rule
        )
    found = []
    for menu in menus:
        part = proportion.estimate_share(menu.searches, searches, len(menus))
        if menu.verdict == READILY and part.beside(OVERLOOKED / len(menus)) == "below":
            found.append(
                f"{shorten_name(menu.name)} ({_number(menu.per_search.value)} orders for a search, "
                f"{format_percent(part.value)} of the searches)"
            )
    advice = "Who finds it orders it: show it to more people."
    text = f"{join_names(found)}. {advice}" if found else "No menu is."
    return RuleFinding(_with_the_rest(text, menus), rule)


def _judged(rows: Sequence[TallyRow]) -> list[Menu]:
    menus = []
    for row in rows:
        (name,), (searches, orders) = row.names, row.numbers
        if not searches + orders:
            continue
        per_search = proportion.estimate_ratio(orders, searches, len(rows))
        enough = searches + orders >= _fewest(len(rows))
        verdict = _verdict(per_search) if enough else TOO_FEW
        menus.append(Menu(name, searches, orders, per_search, verdict))
    return menus


def _fewest(menus: int) -> int:
    """Return how many searches and orders together can be told from either threshold."""
    limits = (proportion.convert_ratio_to_share(SELDOM), proportion.convert_ratio_to_share(OFTEN))
    return max(proportion.compute_fewest(limit, max(menus, 1)) for limit in limits)


def _verdict(per_search: proportion.Estimate) -> str:
    beside = (per_search.beside(SELDOM), per_search.beside(OFTEN))
    if beside[0] == "below":
        return HARDLY
    if beside[1] == "above":
        return READILY
    return BETWEEN if beside == ("above", "below") else OPEN


def _with_the_rest(text: str, menus: Sequence[Menu]) -> str:
    """Return the text about the judged menus, then the names of the others."""
    if not menus:
        return "No menu was searched for or ordered: nothing to conclude from."
    verdicts = {menu.name: menu.verdict for menu in menus}
    few = list_by_verdict("Too few to conclude from", verdicts, TOO_FEW)
    if {*verdicts.values()} == {TOO_FEW}:
        return few.strip()
    return f"{text} {list_by_verdict('Not settled', verdicts, OPEN)}{few}".strip()


def _row(menu: Menu) -> tuple[str, ...]:
    return (
        menu.name,
        units.format_count(menu.searches),
        units.format_count(menu.orders),
        _number(menu.per_search.value),
        f"{_number(menu.per_search.low)} to {_number(menu.per_search.high)}",
        menu.verdict,
    )


def _number(value: float) -> str:
    return "∞" if math.isinf(value) else f"{value:.3f}"
