"""A comparison as it is read."""

from pathlib import Path

from harness.compare import comparison as comparing
from harness.compare.comparison import Comparison
from harness.report.pages import comparison_page
from harness.report.render import markdown, terminal
from tests.unit.harness.compare import runs


def compared(results: Path, number: int, factor: float, anyway: bool = False) -> Comparison:
    """So many runs a side, B's at `factor` times A's rate."""
    made = {
        name: [
            runs.make(first + n, 2700 * by * (1 + n / 1000), group=name, drain_s=1.5 + n / 100)
            for n in range(number)
        ]
        for name, first, by in (("before", 0, 1.0), ("after", 30, factor))
    }
    runs.keep(results, made["before"])
    runs.keep(results, made["after"], "app.publish=queued")
    a, b = (comparing.choose(results, name) for name in ("before", "after"))
    return comparing.compare(a, b, anyway)


def test_a_row_has_medians_ratio_interval_and_verdict(tmp_path: Path) -> None:
    report = comparison_page.create_comparison_page(compared(tmp_path, 5, 0.8))

    assert report.title == "after compared with before"
    (table,) = report.sections[0].tables
    title, a, b, ratio, interval, verdict = table.rows[0]
    assert (title, a, b) == ("events per second", "2,705 events/s", "2,164 events/s")
    assert (ratio, verdict) == ("0.800", "worse")
    low, high = map(float, interval.split(" to "))
    assert 0.79 < low <= 0.8 <= high < 0.81


def test_no_percentage_stands_without_its_interval(tmp_path: Path) -> None:
    report = comparison_page.create_comparison_page(compared(tmp_path, 5, 0.8))

    # A figure may be a share itself.
    cells = [cell for s in report.sections for t in s.tables for row in t.rows for cell in row[3:]]
    assert not any("%" in cell for cell in cells)


def test_it_says_how_many_intervals_err_by_chance(tmp_path: Path) -> None:
    made = compared(tmp_path, 5, 1.0)
    judged = sum(row.low is not None for row in made.rows)

    assert (
        f"Of {judged} intervals about {judged / 20:.0f} would"
        in comparison_page.create_comparison_page(made).summary
    )


def test_too_few_runs_are_told(tmp_path: Path) -> None:
    report = comparison_page.create_comparison_page(compared(tmp_path, 2, 0.8))

    assert "Fewer than 5 runs a side have none." in report.summary
    assert report.sections[0].tables[0].rows[0][-3:] == ("0.800", "-", "too few runs")


def test_services_have_a_table_of_their_own(tmp_path: Path) -> None:
    whole, parts = comparison_page.create_comparison_page(compared(tmp_path, 1, 1.0)).sections[:2]

    assert not any("web" in row[0] for row in whole.tables[0].rows)
    assert "PSS peak, web" in {row[0] for row in parts.tables[0].rows}


def test_what_differs_is_told(tmp_path: Path) -> None:
    differs = comparison_page.create_comparison_page(compared(tmp_path, 1, 1.0)).sections[-1]

    assert differs.tables[0].rows == (("config.app.publish", "acknowledged", "queued"),)


def test_nothing_differs(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0), runs.make(1)])
    a, b = (comparing.choose(tmp_path, name) for name in ("latest~1", "latest"))

    differs = comparison_page.create_comparison_page(
        comparing.compare(a, b, anyway=False)
    ).sections[-1]

    assert (differs.tables, differs.lines[0][:8]) == ((), "Nothing:")


def test_every_verdict_says_that_it_should_not_be(tmp_path: Path) -> None:
    made = compared(tmp_path, 5, 0.8).model_copy(update={"obstacles": ("profile: a in A, b in B",)})
    rows = tuple(row.model_copy(update={"comparable": False}) for row in made.rows)

    report = comparison_page.create_comparison_page(made.model_copy(update={"rows": rows}))

    assert report.reasons == ("Not comparable: profile: a in A, b in B",)
    verdicts = {row[-1] for section in report.sections[:2] for row in section.tables[0].rows}
    assert "worse, though not comparable" in verdicts
    assert all(verdict.endswith(", though not comparable") for verdict in verdicts)


def test_runs_that_were_left_out_are_named(tmp_path: Path) -> None:
    made = compared(tmp_path, 1, 1.0)
    side = made.a.model_copy(update={"left_out": {"another": "withdrawn: a backup ran"}})

    lines = (
        comparison_page.create_comparison_page(made.model_copy(update={"a": side}))
        .sections[2]
        .lines
    )

    assert lines[0] == f"A: {runs.make(0).run_id}; left out: another, withdrawn: a backup ran"


def test_marked_runs_that_count_are_named_above(tmp_path: Path) -> None:
    made = compared(tmp_path, 1, 1.0)
    side = made.b.model_copy(update={"marks": {made.b.runs[0]: "disturbed: others used 9 %"}})

    report = comparison_page.create_comparison_page(made.model_copy(update={"b": side}))

    assert report.reasons == (f"{made.b.runs[0]} is marked disturbed: others used 9 %",)


def test_it_is_a_page_on_a_terminal_and_in_markdown(tmp_path: Path) -> None:
    report = comparison_page.create_comparison_page(compared(tmp_path, 5, 0.8))

    assert max(map(len, terminal.render_report(report, 100).splitlines())) <= 100
    assert "| events per second " in markdown.render_report(report)


def test_ratios_are_drawn_against_the_limits_of_what_may_get_worse(tmp_path: Path) -> None:
    (figure,) = (
        comparison_page.create_comparison_page(compared(tmp_path, 5, 0.8)).sections[0].figures
    )

    assert "Worse: events per second, accepted." in figure.caption
    assert "broken line" in figure.caption
    svg = figure.draw()
    assert svg.count('class="limit"') == 2
    # A point and an interval for each headline figure.
    assert svg.count('class="mark"') == 2 * len(figure.table.rows)


def test_too_few_runs_are_drawn_without_an_interval(tmp_path: Path) -> None:
    (figure,) = (
        comparison_page.create_comparison_page(compared(tmp_path, 2, 0.8)).sections[0].figures
    )

    assert figure.draw().count('class="mark"') == len(figure.table.rows)


def test_every_run_is_told_with_its_side_and_page(tmp_path: Path) -> None:
    made = compared(tmp_path, 2, 0.8)
    here = made.a.runs[0]

    (figure,) = (
        comparison_page.create_comparison_page(made, {here: f"../runs/{here}/report.html"})
        .sections[2]
        .figures
    )

    assert [row[:2] for row in figure.table.rows] == [
        *((run, "A") for run in made.a.runs),
        *((run, "B") for run in made.b.runs),
    ]
    assert figure.table.addresses == (f"../runs/{here}/report.html", "", "", "")


def test_what_was_not_measured_is_no_dot(tmp_path: Path) -> None:
    made = compared(tmp_path, 2, 0.8)
    figures = tuple({**values, "drain_s": None} for values in made.a.figures)
    side = made.a.model_copy(update={"figures": figures})

    whole, lacking = (
        comparison_page.create_comparison_page(one).sections[2].figures[0].draw()
        for one in (made, made.model_copy(update={"a": side}))
    )

    assert whole.count("<use") - lacking.count("<use") >= 2
    assert whole.count('class="median"') - lacking.count('class="median"') == 1
