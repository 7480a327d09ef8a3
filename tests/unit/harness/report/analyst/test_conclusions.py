"""Conclusions from a record's answers, whatever these are."""

from hypothesis import given
from hypothesis import strategies as st

from harness.record.models import Answer
from harness.report.analyst import conclusions
from harness.verify import expected_answers
from tests.unit.harness.record import example

CELLS = st.one_of(st.none(), st.integers(0, 10**9).map(str), st.text(max_size=4))


def texts(*given: Answer) -> dict[str, str]:
    return {one.subject: one.finding.text for one in conclusions.apply_rules(given)}


def test_every_rule_takes_columns_that_its_query_has() -> None:
    for rule in conclusions.RULES:
        assert {*rule.names, *rule.numbers} <= {*expected_answers.QUESTIONS[rule.query].columns}


def test_the_conclusions_of_a_bench() -> None:
    found = texts(*example.answers())

    assert found["menus searched for and not ordered"].startswith("Lebanese (0.008")
    assert found["menus to show to more people"].startswith("Thai (0.986")
    assert found["hours to staff"] == found["hours to advertise in"] == "No hour stands out."
    assert found["where coupons work"].endswith("No menu is shown to differ.")
    assert found["one-star ratings"].startswith("15.2 % (14.5 to 16.0 %) of 8,700 ratings: more")
    assert found["new profiles"].endswith("no change is shown.")


def test_without_answers_nothing_is_known_and_the_rules_are_told() -> None:
    drawn = conclusions.apply_rules(())

    assert len(drawn) == len(conclusions.RULES)
    for one in drawn:
        assert one.finding.text == f"Not known: {one.query} was not answered."
        assert one.finding.rule.endswith(".")


def test_answers_without_rows_are_too_few() -> None:
    empty = [answer.model_copy(update={"rows": ()}) for answer in example.answers()]

    for text in texts(*empty).values():
        assert text.startswith("Too few to conclude from") or "nothing to conclude" in text


def test_a_null_is_left_out_and_told() -> None:
    answer = example.answer("7_ratings_by_stars", "stars ratings", [("1", 90), (None, 500)])

    assert texts(answer)["one-star ratings"].startswith("100.0 % (95.9 to 100.0 %) of 90 ratings")
    assert texts(answer)["one-star ratings"].endswith("Left out: 1 row with a NULL.")


@given(st.data())
def test_no_answer_is_too_odd(data: st.DataObject) -> None:
    given = [
        Answer(
            query=query,
            columns=question.columns,
            rows=tuple(
                data.draw(st.lists(st.tuples(*[CELLS] * len(question.columns)), max_size=4))
            ),
        )
        for query, question in expected_answers.QUESTIONS.items()
    ]

    assert all(text for text in texts(*given).values())
