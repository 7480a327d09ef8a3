"""The share of one-star ratings: other figures, other words."""

import pytest

from harness.report.analyst.rules import ratings
from tests.unit.harness.report.analyst.rules import rows


@pytest.mark.parametrize(
    ("stars", "text"),
    [
        (
            {"1": 1326, "2": 12, "3": 1021, "4": 6243, "5": 98},
            "15.2 % (14.5 to 16.0 %) of 8,700 ratings: more than 10 % of them. Ask these guests",
        ),
        (
            {"1": 12, "5": 988},
            "1.2 % (0.7 to 2.1 %) of 1,000 ratings: less than 10 % of them.",
        ),
        (
            {"1": 11, "5": 89},
            "11.0 % (6.3 to 18.6 %) of 100 ratings: whether that is more than 10 % is not settled.",
        ),
        ({"1": 35}, "Too few to conclude from: 35; it takes 36 ratings."),
        ({"5": 36}, "0.0 % (0.0 to 9.6 %) of 36 ratings: less than 10 % of them."),
        ({}, "Too few to conclude from: 0; it takes 36 ratings."),
    ],
)
def test_other_figures_other_words(stars: dict[str, int], text: str) -> None:
    assert ratings.conclude_one_star(rows.of(*stars.items())).text.startswith(text)


def test_a_rule_says_its_threshold_and_its_fewest() -> None:
    assert ratings.conclude_one_star([]).rule.endswith(
        "above or below 10 %; concluded from 36 ratings on."
    )
