"""Charts: text is text, marks are where the values are, and the same bytes come each time."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.report.render import charts
from harness.report.render import svg as drawing
from harness.report.render.charts import Interval, Panel, Series, Span, Trace

SPANS = [Span("load", 0, 2, "2.0 s"), Span("drain", 2, 3, "1.0 s, failed", faulty=True)]
NASTY = "<b>&amp; $x_1$ \x1b[31m 寿司"

EVERY: dict[str, Callable[[], str]] = {
    "bars": lambda: charts.draw_bars(["a", "b"], {"x": [1, None], "y": [2, 3]}, "events"),
    "columns": lambda: charts.draw_columns(["10:00", "11:00"], [3, 0], "logins", "from"),
    "rows": lambda: charts.draw_rows(["10:00", "11:00"], {"Pizza": [0, 9], "Thai": [1, 0]}, "from"),
    "lines": lambda: charts.draw_lines(
        [Panel("events", [Series("sent", [0, 1, 2], [0, None, 5])])], "s", SPANS
    ),
    "areas": lambda: charts.draw_areas(
        [0, 1, 2], {"a": [1, 2], "b": [0, 1]}, "s", "cores", (2, "2")
    ),
    "timeline": lambda: charts.draw_timeline(SPANS, "s"),
    "percentiles": lambda: charts.draw_percentiles(
        [Series("http", [0, 50, 99.9], [1, 2, 30])], "ms"
    ),
    "intervals": lambda: charts.draw_intervals(
        [Interval("cpu", 1.0, 0.9, 1.2, 1.1, "within"), Interval("few", 1.0, None, None)], "worse"
    ),
    "dots": lambda: charts.draw_dots(["r1", "r2"], [Trace("s", [1, None], [None, 1])], "median"),
    "strips": lambda: charts.draw_strips(
        {"s": {"base": [1, 2, 3], "head": []}, "ms": {"base": [1]}}
    ),
    "strips, paired": lambda: charts.draw_strips({"s": {"base": [1, None], "head": [2, 3]}}, True),
    "steps": lambda: charts.draw_steps(["sent", "Presto"], [9, 8], [None, -1]),
}


def marks(svg: str, kind: str = "mark") -> int:
    return svg.count(f'class="{kind}"')


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("text")]


def heights(svg: str) -> list[float]:
    """Of columns, in the order in which they were drawn."""
    found = []
    for group in ElementTree.fromstring(svg).iter("g"):
        if group.get("class") == "mark":
            points = re.findall(r"[ML] \S+ (\S+)", group[0].get("d") or "")
            found.append(max(map(float, points)) - min(map(float, points)))
    return found


@pytest.mark.parametrize("name", EVERY)
def test_a_chart_is_a_part_of_a_page(name: str) -> None:
    svg = EVERY[name]()

    assert svg.startswith('<svg class="chart" viewBox="0 0 720 ')
    assert ElementTree.fromstring(svg).tag == "svg"
    assert marks(svg)
    assert texts(svg)
    assert "<style" not in svg
    # Its colours are the page's, so that it is seen in the dark.
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) == set()


@pytest.mark.parametrize("name", EVERY)
def test_the_same_bytes_come_each_time(name: str) -> None:
    assert EVERY[name]() == EVERY[name]()


def test_the_style_sheet_has_every_colour() -> None:
    sheet = Path(drawing.__file__).with_name("templates") / "page.css"
    text = sheet.read_text(encoding="utf-8")

    for variable in drawing.VARIABLES.values():
        # In the light and in the dark.
        assert len(re.findall(rf"{variable}: #[0-9a-f]{{6}};", text)) == 2, variable


def test_a_series_is_told_by_more_than_its_colour() -> None:
    bars = charts.draw_bars(["a"], {"x": [1], "y": [2]}, "events")
    lines = charts.draw_lines(
        [Panel("", [Series("x", [0, 1], [1, 2]), Series("y", [0, 1], [2, 3])])], ""
    )

    assert bars.count("<pattern") == 1
    assert lines.count("stroke-dasharray") >= 1
    assert {"x", "y"} <= {*texts(bars)} & {*texts(lines)}


def test_a_value_that_is_null_is_no_bar() -> None:
    svg = charts.draw_bars(["a", "b"], {"x": [7, None]}, "events")

    assert "7" in texts(svg)
    assert not {"nan", "None"} & {*texts(svg)}


def test_what_is_written_stays_as_it_is() -> None:
    svg = charts.draw_bars([NASTY, 'fill="#0072b2" 1.23456'], {"x": [1, 2]}, "events")

    shown = texts(svg)
    assert r"<b>&amp; $x_1$ \x1b[31m 寿司" in shown
    assert 'fill="#0072b2" 1.23456' in shown


def test_a_long_name_is_shortened() -> None:
    svg = charts.draw_bars(["x" * 10_240], {"y": [1]}, "events")

    assert "x" * 31 + "…" in texts(svg)
    assert len(svg) < 20_000


def test_of_many_parts_the_smallest_are_one() -> None:
    parts = {f"service-{number}": [float(number)] for number in range(30)}

    svg = charts.draw_areas([0, 1], parts, "s", "cores", (2, "2"))

    assert marks(svg) == charts.MOST_PARTS
    assert {"service-29", "service-23", "23 others"} <= {*texts(svg)}
    assert "service-22" not in texts(svg)


def test_a_change_of_one_is_drawn_beside_one_of_thousands() -> None:
    one = charts.draw_steps(["a", "b", "c"], [42_452, 42_451, 2_451], [None, -1, -40_000])
    none = charts.draw_steps(["a", "b"], [42_452, 42_452], [None, 0])

    assert marks(one, "change") == 2
    assert {"-1", "-40,000"} <= {*texts(one)}
    assert marks(none, "change") == 0


def test_ratios_far_apart_are_on_a_scale_of_ratios() -> None:
    near = charts.draw_intervals([Interval("cpu", 1.02, 0.99, 1.05)], "B/A", ratios=True)
    far = charts.draw_intervals([Interval("drain", 2.0, 0.5, 8.0)], "B/A", ratios=True)
    shares = charts.draw_intervals([Interval("0 of 9", 0.0, 0.0, 40.0)], "%", neutral=20.0)

    assert {"1", "1.02"} <= {*texts(near)}
    assert {"0.5", "1", "2", "5"} <= {*texts(far)}
    assert "0" in texts(shares)


def test_of_many_runs_a_few_dates_are_told() -> None:
    names = [f"2026-11-{number:02}" for number in range(24)]
    values = [float(number) for number in range(24)]

    shown = [t for t in texts(charts.draw_dots(names, [Trace("s", values, values)], "median")) if t]

    assert [text for text in shown if text in names] == names[::3]


def test_the_largest_column_of_a_row_is_as_high_as_any_other_s() -> None:
    svg = charts.draw_rows(["a", "b"], {"many": [9_000, 3_000], "few": [3, 1], "none": [0, 0]}, "")

    tall = heights(svg)[0]
    assert tall > 20
    assert heights(svg) == pytest.approx([tall, tall / 3, tall, tall / 3, 0, 0], rel=1e-2)
    assert {"9,000", "3,000", "3", "1", "0"} <= {*texts(svg)}


def test_values_above_columns_are_left_out_where_they_have_no_room() -> None:
    few = charts.draw_columns(["a", "b"], [123_456, 654_321], "events", "")
    many = charts.draw_columns([*map(str, range(24))], [123_456.0] * 24, "events", "")

    assert {"123,456", "654,321"} <= {*texts(few)}
    assert "123,456" not in texts(many)
    assert marks(many) == 24


def test_labels_stand_apart_and_in_their_order() -> None:
    assert charts._apart({0: 0.5, 1: 0.51, 2: 0.2}, 0.1) == pytest.approx({0: 0.5, 1: 0.6, 2: 0.2})
    assert charts._apart({0: 1.0, 1: 0.99}, 0.1) == pytest.approx({0: 1.0, 1: 0.9})


@pytest.mark.parametrize("low", [0.0, 0.3])
def test_percentiles_of_zero_have_a_scale_of_their_own(low: float) -> None:
    svg = charts.draw_percentiles([Series("http", [0, 50], [low, 9.0])], "ms")

    assert marks(svg) == 1


def test_matplotlib_is_imported_by_what_draws_alone() -> None:
    modules = "harness.cli, harness.report.render.charts"
    code = f"import sys, {modules}; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
