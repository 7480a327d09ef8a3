"""Busy hours: other figures, other hours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.analyst.rules import hours
from tests.unit.harness.report.analyst.rules import rows

DAY = dict.fromkeys((*range(10, 17), 21), 145) | {17: 715, 18: 689, 19: 1466, 20: 672}


def text(numbers: dict[int, int]) -> str:
    return hours.conclude_busy_hours(rows.of(*numbers.items()), "orders").text


def test_the_hours_of_the_spec() -> None:
    finding = hours.conclude_busy_hours(rows.of(*DAY.items()), "orders")

    assert finding.text == (
        "17:00 to 21:00 UTC: 75.3 % of all orders in 4 of 12 hours; the most in that from 19:00, "
        "31.2 % (29.3 to 33.1 %)."
    )
    assert "1.5 times that of the mean hour with any, 12.5 %; concluded from 47" in finding.rule
    assert finding.judged
    assert finding.judged.rows[0] == ("10:00", "145", "3.1 %", "2.4 to 3.9 %", "not busy")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({9: 1000, 10: 10, 11: 10, 12: 1000, 13: 990}, "09:00 to 10:00 and 12:00 to 14:00 UTC"),
        ({0: 10, 1: 10, 23: 1000}, "23:00 to 24:00 UTC: 98.0 % of all orders in 1 of 3 hours"),
        (dict.fromkeys(range(24), 500), "No hour stands out."),
        ({10: 500, 11: 500, 12: 500, 13: 700, 14: 0}, "No hour stands out."),
        ({10: 14, 11: 4, 12: 4}, "No hour stands out. Not settled: 10:00 to 11:00."),
        ({10: 1, 19: 2, 20: 1}, "Too few to conclude from: 4; it takes 7 orders."),
        ({19: 4000}, "Too few to conclude from: it takes orders in two hours or more."),
        ({}, "Too few to conclude from: it takes orders in two hours or more."),
        ({10: 0, 11: 0}, "Too few to conclude from: it takes orders in two hours or more."),
    ],
)
def test_other_figures_other_hours(numbers: dict[int, int], words: str) -> None:
    assert text(numbers).startswith(words)


def test_logins_are_told_as_logins() -> None:
    finding = hours.conclude_busy_hours(rows.of(*DAY.items()), "logins")

    assert "of all logins" in finding.text
    assert "share of the logins" in finding.rule
    assert "orders" not in finding.text + finding.rule


@given(st.dictionaries(st.integers(0, 23), st.integers(0, 10**7)))
def test_an_hour_is_busy_only_above_the_threshold(numbers: dict[int, int]) -> None:
    finding = hours.conclude_busy_hours(rows.of(*numbers.items()), "orders")

    mean = sum(numbers.values()) / max(1, sum(map(bool, numbers.values())))
    told = finding.judged.rows if finding.judged else ()
    for clock, *_, verdict in told:
        if verdict == "busy":
            assert numbers[int(clock[:2])] > 1.5 * mean
    assert finding.text


@given(st.permutations([*DAY.items()]))
def test_the_order_of_the_rows_does_not_matter(numbers: list[tuple[int, int]]) -> None:
    assert hours.conclude_busy_hours(rows.of(*numbers), "orders") == hours.conclude_busy_hours(
        rows.of(*DAY.items()), "orders"
    )
