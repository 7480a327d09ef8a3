"""The rows of an answer as names and numbers, and those that are none."""

import pytest

from harness.report.analyst.rules import finding
from harness.report.analyst.rules.finding import TallyRow
from tests.unit.harness.record import example


def test_names_and_numbers_in_the_order_asked_for() -> None:
    answer = example.answer("x", "hour menu orders", [(19, "Thai", 3), (9, "19", 0)])

    found = finding.read_tally(answer, ["menu"], ["orders", "hour"])

    assert found == finding.AnswerTally((TallyRow(("Thai",), (3, 19)), TallyRow(("19",), (0, 9))))


@pytest.mark.parametrize(
    "row", [(None, 3), ("Thai", None), ("Thai", "-3"), ("Thai", "3.0"), ("Thai", ""), ("Thai", "³")]
)
def test_a_row_that_lacks_something_is_left_out(row: tuple[object, object]) -> None:
    found = finding.read_tally(
        example.answer("x", "menu orders", [("Pizza", 1), row]), ["menu"], ["orders"]
    )

    assert found == finding.AnswerTally((TallyRow(("Pizza",), (1,)),), left_out=1)


def test_an_answer_without_the_columns_is_none() -> None:
    assert (
        finding.read_tally(example.answer("x", "menu n", [("Pizza", 1)]), ["menu"], ["orders"])
        is None
    )
