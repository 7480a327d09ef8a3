"""Menus by their orders for a search: other figures, other words."""

from hypothesis import given
from hypothesis import strategies as st

from harness.report.analyst.rules import demand
from harness.report.analyst.rules.finding import RuleFinding
from tests.unit.harness.report.analyst.rules import rows

SPEC = [
    ("Lebanese", 3457, 29),
    ("Mexican", 2125, 104),
    ("Pizza", 5249, 4311),
    ("Thai", 286, 282),
]
MENUS = st.lists(
    st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)).map(
        lambda pair: ("menu", pair[0], pair[1])
    ),
    max_size=30,
)


def verdicts(finding: RuleFinding) -> dict[str, str]:
    assert finding.judged is not None
    return {row[0]: row[-1] for row in finding.judged.rows}


def test_the_figures_of_the_spec() -> None:
    finding = demand.conclude_unwanted(rows.of(*SPEC))

    assert finding.text == (
        "Lebanese (0.008 orders for a search) and Mexican (0.049 orders for a search). Many look "
        "for it and few buy what they find: ask why."
    )
    assert "below 0.1; concluded from 54 searches and orders of it on" in finding.rule
    assert verdicts(finding) == {
        **dict.fromkeys(("Lebanese", "Mexican"), "hardly ordered"),
        **dict.fromkeys(("Pizza", "Thai"), "readily ordered"),
    }


def test_of_other_figures_other_menus() -> None:
    turned = [(name, orders, searches) for name, searches, orders in SPEC]

    assert demand.conclude_unwanted(rows.of(*turned)).text == "No menu is."
    assert "readily ordered" in verdicts(demand.conclude_unwanted(rows.of(*turned))).values()
    changed = [("Pizza", 5249, 43), *SPEC[:2], ("Thai", 286, 2)]
    text = demand.conclude_unwanted(rows.of(*changed)).text
    assert text.startswith("Pizza (0.008 orders for a search), Lebanese (0.008")
    assert "Thai (0.007" in text


def test_a_few_events_say_nothing() -> None:
    each_once = rows.of(*((name, 1, 1) for name, _, _ in SPEC))

    for rule in (demand.conclude_unwanted, demand.conclude_overlooked):
        assert rule(each_once).text.startswith("Too few to conclude from: ")
    assert {*verdicts(demand.conclude_unwanted(each_once)).values()} == {"too few"}


def test_one_search_more_and_there_is_a_conclusion() -> None:
    # 10 of 11 in each: none of 38 still has a chance of 1 in 37, none of 39 of 1 in 41.
    assert "Too few" in demand.conclude_unwanted(rows.of(("Thai", 38, 0))).text
    assert demand.conclude_unwanted(rows.of(("Thai", 39, 0))).text.startswith("Thai (0.000")


def test_what_is_within_its_interval_is_not_settled() -> None:
    finding = demand.conclude_unwanted(
        rows.of(("Thai", 100, 10), ("Phở", 100, 50), ("Pizza", 1000, 300))
    )

    assert finding.text == "No menu is. Not settled: Thai and Phở."
    assert verdicts(finding)["Pizza"] == "in between"


def test_no_search_and_no_order() -> None:
    assert demand.conclude_unwanted([]).text.endswith("nothing to conclude from.")
    assert "it takes" in demand.conclude_overlooked([]).text


def test_orders_without_a_search_are_infinitely_many() -> None:
    finding = demand.conclude_unwanted(rows.of(("Zaru", 0, 100)))

    assert finding.judged
    assert finding.judged.rows[0][3:] == ("∞", "26.032 to ∞", "readily ordered")


def test_a_menu_to_show_is_ordered_readily_and_seldom_searched_for() -> None:
    thai = "Thai (0.986 orders for a search, 2.6 % of the searches). Who finds it orders it: show"

    assert demand.conclude_overlooked(rows.of(*SPEC)).text.startswith(thai)
    unwanted = [*SPEC[:3], ("Thai", 286, 2)]
    assert demand.conclude_overlooked(rows.of(*unwanted)).text == "No menu is."
    often = [*SPEC[:3], ("Thai", 2860, 2820)]
    assert demand.conclude_overlooked(rows.of(*often)).text == "No menu is."
    alone = demand.conclude_overlooked(rows.of(SPEC[3])).text
    assert alone == "Too few to conclude from: 286; it takes 39 searches for two menus or more."


@given(MENUS)
def test_of_any_figures_something_is_told(menus: list[tuple[str, int, int]]) -> None:
    named = [(f"menu {place}", *menu[1:]) for place, menu in enumerate(menus)]

    finding = demand.conclude_unwanted(rows.of(*named))

    assert finding.text
    assert demand.conclude_overlooked(rows.of(*named)).text
    known = [name for name, searches, orders in named if searches + orders]
    assert [*verdicts(finding)] == known
    for name, searches, orders in named:
        if verdicts(finding).get(name) == "hardly ordered":
            assert orders < 0.1 * searches
        if verdicts(finding).get(name) == "readily ordered":
            assert orders > 0.5 * searches


@given(st.integers(1000, 10**6), st.floats(0, 0.05))
def test_a_menu_far_below_is_always_told(searches: int, rate: float) -> None:
    menus = rows.of(("Thai", searches, int(searches * rate)), ("Pizza", 1000, 1000))

    assert demand.conclude_unwanted(menus).text.startswith("Thai (")
