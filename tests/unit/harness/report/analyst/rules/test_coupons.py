"""Coupon rates of menus beside those of the others: other figures, other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.analyst.rules import coupons
from tests.unit.harness.report.analyst.rules import rows

BENCH = [
    ("Lebanese", 29, 6),
    ("Mexican", 104, 27),
    ("Pizza", 4311, 1123),
    ("Thai", 282, 67),
]


def verdicts(*menus: tuple[str, int, int]) -> dict[str, str]:
    judged = coupons.conclude_coupons(rows.of(*menus)).judged
    assert judged
    return {row[0]: row[-1] for row in judged.rows}


def test_where_all_are_drawn_alike_no_menu_differs() -> None:
    finding = coupons.conclude_coupons(rows.of(*BENCH))

    assert (
        finding.text == "25.9 % (24.6 to 27.1 %) of all orders had one. No menu is shown to differ."
    )
    assert (
        "5 points or more; concluded from 17 orders of it, and of the others, on." in finding.rule
    )
    assert {*verdicts(*BENCH).values()} == {"no difference shown"}


def test_a_menu_that_differs_is_named() -> None:
    finding = coupons.conclude_coupons(rows.of(*BENCH[:3], ("Thai", 282, 150)))

    assert "More often than elsewhere for: Thai." in finding.text
    assert "Less often than elsewhere for: Pizza." in finding.text
    assert "shown to differ" not in finding.text


def test_a_small_difference_is_none_however_sure() -> None:
    many = [("Pizza", 10**6, 250_000), ("Thai", 10**6, 270_000)]

    assert verdicts(*many) == {"Pizza": "about as often", "Thai": "about as often"}


def test_a_difference_that_is_rounded_to_none_has_no_minus() -> None:
    judged = coupons.conclude_coupons(
        rows.of(("Pizza", 10**6, 250_000), ("Thai", 10**6, 250_001))
    ).judged

    assert judged
    assert [row[3] for row in judged.rows] == ["+0.0", "+0.0"]


def test_too_few_orders_say_nothing() -> None:
    assert verdicts(*BENCH[1:], ("Phở", 16, 16))["Phở"] == "too few"
    assert verdicts(*BENCH[1:], ("Phở", 17, 17))["Phở"] == "more often"
    once = coupons.conclude_coupons(rows.of(("Thai", 1, 1), ("Pizza", 1, 0)))
    assert once.text.endswith("had one. Too few to conclude from: Thai and Pizza.")


@pytest.mark.parametrize(
    ("menus", "words"),
    [
        ([], "Too few to conclude from: it takes orders of two menus."),
        ([("Thai", 100, 50)], "Too few to conclude from: it takes orders of two menus."),
        ([("Thai", 9, 0), ("Pizza", 9, 0)], "No order had one: there is no difference."),
        ([("Thai", 9, 9), ("Pizza", 9, 9)], "Every order had one: there is no difference."),
        # No answer of ours: more coupons than orders.
        ([("Thai", 9, 10), ("Pizza", 0, 0)], "Too few to conclude from: it takes orders of"),
    ],
)
def test_what_cannot_be_compared(menus: list[tuple[str, int, int]], words: str) -> None:
    assert coupons.conclude_coupons(rows.of(*menus)).text.startswith(words)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=20))
def test_of_any_figures_a_notable_difference_is_one(pairs: list[tuple[int, int]]) -> None:
    menus = [(f"menu {n}", max(pair), min(pair)) for n, pair in enumerate(pairs)]

    finding = coupons.conclude_coupons(rows.of(*menus))

    assert finding.text
    orders, used = sum(menu[1] for menu in menus), sum(menu[2] for menu in menus)
    by_name = {name: (own, own_used) for name, own, own_used in menus}
    for name, *_, verdict in finding.judged.rows if finding.judged else ():
        own, own_used = by_name[name]
        if verdict in {"more often", "less often"}:
            apart = own_used / own - (used - own_used) / (orders - own)
            assert (apart >= 0.05) is (verdict == "more often")
            assert (apart <= -0.05) is (verdict == "less often")
