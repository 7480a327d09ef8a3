"""A check's charts, from its record alone."""

from harness.record.metrics import HEADLINE
from harness.report.pages import check_page
from tests.unit.harness.report import results


def test_intervals_are_drawn_against_the_limits() -> None:
    (figure,) = check_page.create_check_page(results.checked()).sections[0].figures

    assert "events per second: OVER THE LIMIT." in figure.caption
    svg = figure.draw()
    assert svg.count('class="limit"') == len(figure.table.rows) == 2
    assert svg.count('class="mark"') == 2 * 2


def test_services_have_no_limit() -> None:
    (figure,) = check_page.create_check_page(results.checked()).sections[1].figures

    assert figure.caption.endswith("right of 1 it is worse; these have no limit.")
    assert 'class="limit"' not in figure.draw()


def test_every_run_of_every_pair_is_told() -> None:
    made = results.checked()

    section = check_page.create_check_page(made).sections[3]

    (figure,) = section.figures
    pairs = (*made.pairs, *made.confirmation)
    assert [row[:2] for row in figure.table.rows] == [
        *((pair.base_run, "base") for pair in pairs),
        *((pair.head_run, "head") for pair in pairs),
    ]
    assert section.lines[0].startswith("Which side of a pair ran first was drawn by lot: base in 3")
    assert figure.draw().count('class="median"') == 2 * len(HEADLINE)


def test_one_that_needed_no_run_has_no_chart() -> None:
    made = results.checked(
        status="fine", why="nothing differs", pairs=0, differing=(), judgements=()
    )

    assert check_page.create_check_page(made).sections == ()
