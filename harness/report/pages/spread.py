"""The figures of every single run of two sides, beside each other."""

from collections.abc import Mapping, Sequence
from functools import partial

from harness.record.metrics import HEADLINE
from harness.report.render import charts, document, formats


def create_spread_figure(
    sides: Mapping[str, Sequence[Mapping[str, float | None]]],
    runs: Sequence[tuple[str, str]],
    addresses: Mapping[str, str],
    paired: bool = False,
) -> document.Figure:
    """Create the figure of a dot for each run of each side, by headline metric.

    `runs` are the side and the id of each, in the order of the sides' figures; `addresses` lead
    from ids to pages. The runs of one number belong together where they are `paired`.
    """
    panels = {
        formats.format_heading(metric): {
            side: [formats.scale_metric(metric, values.get(metric.name)) for values in figures]
            for side, figures in sides.items()
        }
        for metric in HEADLINE
    }
    every = [values for figures in sides.values() for values in figures]
    rows = tuple(
        (
            run,
            side,
            *(formats.format_figure(metric, values.get(metric.name)) for metric in HEADLINE),
        )
        for (side, run), values in zip(runs, every, strict=True)
    )
    joined = " The two runs of a pair are joined." if paired else ""
    return document.Figure(
        "Every run",
        f"Each dot is a run, each bar the median of its side.{joined} Scales do not begin at 0.",
        partial(charts.draw_strips, panels, paired),
        document.Table(
            ("run", "side", *map(formats.format_heading, HEADLINE)),
            rows,
            "ll" + "r" * len(HEADLINE),
            addresses=tuple(addresses.get(run, "") for _, run in runs),
        ),
    )
