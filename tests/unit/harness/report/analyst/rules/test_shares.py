"""One-star ratings, and profiles of earlier and later months: other figures, other words."""

import pytest

from harness.report.analyst.rules import shares
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
def test_other_ratings_other_words(stars: dict[str, int], text: str) -> None:
    assert shares.conclude_one_star(rows.of(*stars.items())).text.startswith(text)


def test_a_rule_says_its_threshold_and_its_fewest() -> None:
    assert shares.conclude_one_star([]).rule.endswith(
        "above or below 10 %; concluded from 36 ratings on."
    )


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((62, 63, 75, 52, 51, 64), "45.5 % (40.5 to 50.6 %) of 367 profiles are of the later half"),
        ((10, 20, 40, 60, 80, 99), "77.3 % (72.4 to 81.7 %) of 309 profiles are of the later half"),
        ((3, 500, 3), "50.0 % (18.8 to 81.2 %) of 6 profiles are of the later half"),
        ((2, 9, 3), "Too few to conclude from: 5; it takes 6 profiles, in two months or more."),
        ((500,), "Too few to conclude from: 0; it takes 6 profiles, in two months or more."),
        ((), "Too few to conclude from: 0;"),
    ],
)
def test_other_profiles_other_words(numbers: tuple[int, ...], text: str) -> None:
    months = [(f"2019-{month:02}", number) for month, number in enumerate(numbers, 1)]

    assert shares.conclude_profiles(rows.of(*months)).text.startswith(text)


@pytest.mark.parametrize(
    ("earlier", "later", "words"),
    [
        (100, 100, "no change is shown."),
        (100, 300, "ever more are created."),
        (300, 100, "ever fewer are created. Ask what keeps new users from it."),
    ],
)
def test_what_the_share_is_called(earlier: int, later: int, words: str) -> None:
    # The year ends between them, and no month in between has any: that is no month in the middle.
    months = rows.of(("2018-11", earlier), ("2019-02", later), ("soon", 7))

    assert shares.conclude_profiles(months).text.endswith(words)
