"""A group's table."""

from harness.compare import group
from harness.report.pages import group_page
from tests.unit.harness.compare import runs


def test_the_figures_of_the_valid_runs() -> None:
    fault = runs.make(2, status="invalid", reasons=("2 events are missing", "1 is lost"))
    made = group.summarize("before", [runs.make(0, 2000.0), runs.make(1, 2100.0), fault])

    report = group_page.create_group_page(made)

    assert report.title == "Group before: 2 of 3 runs valid"
    assert report.reasons == (f"{fault.run_id} is not valid: 2 events are missing; 1 is lost",)
    assert report.sections[0].tables[0].rows[0] == (
        "events per second",
        *("2,050 events/s", "2,000 events/s", "2,100 events/s", "5 %", "2"),
    )
    assert report.sections[0].lines == ()


def test_a_spread_above_the_limit_is_told_with_both() -> None:
    made = group.summarize("before", [runs.make(0, 2000.0), runs.make(1, 2600.0)])

    (note,) = group_page.create_group_page(made).sections[0].lines

    assert note.startswith("Too wide: events per second spreads by 26 %, and its limit is 10 %.")


def test_a_run_that_has_just_ended() -> None:
    fault = runs.make(2, status="invalid")

    assert group_page.describe_run(runs.make(1), 1, 5).endswith(": VALID, 2,700 events/s")
    assert (
        group_page.describe_run(fault, 2, 5) == f"Run 2 of 5, {fault.run_id}: INVALID, not measured"
    )
