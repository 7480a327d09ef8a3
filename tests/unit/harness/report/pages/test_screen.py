"""A run on one screen."""

from pathlib import Path

import pytest

from harness.record import curves
from harness.record.curves import Curves
from harness.record.models import MarkName, Result
from harness.report.pages import screen
from tests.unit.harness.record import example, folders
from tests.unit.harness.report import odd

PAGE = "results/runs/20261124T020000Z-bench-1a2b3c/report.html"


def render(result: Result, width: int = 100) -> str:
    return screen.render_screen(result, Curves(), PAGE, width)


def test_the_verdict_comes_first_and_the_next_command_last() -> None:
    lines = render(example.result()).splitlines()

    assert lines[0] == "Run 20261124T020000Z-bench-1a2b3c: VALID"
    assert lines[3:6] == ["Headline", "========", "events per second      2,674"]
    assert lines[-2:] == [
        f"Report: {PAGE}",
        "Next:   make open RUN=20261124T020000Z-bench-1a2b3c",
    ]


@pytest.mark.parametrize("name", ["whole", *odd.RECORDS])
def test_it_is_one_screen(tmp_path: Path, name: str) -> None:
    result = example.result() if name == "whole" else odd.RECORDS[name].result
    read = curves.read_curves(folders.lay(tmp_path / "run", result))

    lines = screen.render_screen(result, read, PAGE, 100).splitlines()

    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    assert all(line.isprintable() for line in lines)


def test_the_ladder_has_a_type_only_where_it_is_not_even() -> None:
    assert "login" not in render(example.result())

    shown = render(odd.RECORDS["missing"].result)

    assert "1 missing, 0 duplicate" in shown
    assert "; the first is login0-001234." in " ".join(shown.split())
    assert "14,117" in shown
    assert "post_review" not in shown


@pytest.mark.parametrize(("used", "full"), [(0.0, 0), (1.0, 15), (1.98, 30), (2.5, 30)])
def test_a_bar_is_the_share_of_the_budget(used: float, full: int) -> None:
    resources = example.resources()
    total = resources.total.model_copy(update={"cpu_cores_mean": used})

    shown = render(example.result(resources=resources.model_copy(update={"total": total})))

    (line,) = (line for line in shown.splitlines() if line.startswith("CPU  "))
    assert (line.count("█"), line.count("░")) == (full, 30 - full)
    assert f"{used:.2f} of 2 vCPU" in line


def test_what_exceeded_the_budget_is_said() -> None:
    over = example.result().budget.model_copy(update={"within": False})

    assert "Exceeded. The kernel did not enforce it: it was watched." in render(
        example.result(budget=over)
    )


def test_of_many_reasons_the_first_are_shown() -> None:
    reasons = tuple(f"reason {number}" for number in range(20))

    lines = render(example.result(status="invalid", reasons=reasons)).splitlines()

    assert lines[2:7] == [*(f"- reason {n}" for n in range(4)), "  … and 16 lines more"]


def test_marks_are_in_the_title_and_beside_rates_and_latencies() -> None:
    marks: dict[MarkName, str] = {"disturbed": "others used 9 %", "generator": "ab used 90 %"}

    lines = render(example.result(marks=marks)).splitlines()

    assert lines[0].endswith(": VALID, DISTURBED, GENERATOR")
    assert lines[2:4] == ["- DISTURBED: others used 9 %", "- GENERATOR: ab used 90 %"]
    for name in ("events per second", "accepted", "drain", "HTTP answer", "committed"):
        (line,) = (line for line in lines if line.startswith(name))
        assert line.endswith(" (disturbed, generator)")
    assert len(lines) <= 40


def test_the_ladder_alone() -> None:
    shown = screen.render_ladder(example.counts(), example.result().checks, 100)

    assert shown.startswith("Count ladder\n============\n")
    assert "menu_app_orders" in shown
    assert "\n\nChecks\n======\n" in shown
    assert "Headline" not in shown
