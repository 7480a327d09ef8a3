"""Profiles of the earlier and the later months: other figures, other words."""

import pytest

from harness.report.analyst.rules import adoption
from tests.unit.harness.report.analyst.rules import rows


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
def test_other_figures_other_words(numbers: tuple[int, ...], text: str) -> None:
    months = [(f"2019-{month:02}", number) for month, number in enumerate(numbers, 1)]

    assert adoption.conclude_profiles(rows.of(*months)).text.startswith(text)


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

    assert adoption.conclude_profiles(months).text.endswith(words)
