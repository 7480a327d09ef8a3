"""What each metric means, from the registry: `python -m harness.dev.glossary` writes it."""

from harness.record.metrics import METRICS, Metric
from harness.report.render import markdown
from harness.report.render.document import Table
from harness.system import units
from harness.system.paths import DOCS

PATH = DOCS / "metrics.md"

TEXT = """\
# Metrics

A run's figures, under `metrics` in its `result.json`; null is not measured, 0 is zero. Each is
declared in `harness/record/metrics.py`, and this page is made from there.

## Of the run

Of all services and the load tool together, where nothing else is said. *Valid only* are those that
a run that is not valid does not have. A check fails when one gets worse by more than its limit; one
without a limit never fails a check.

{whole}

## By service

The name of the service follows after a dot, as in `pss_peak_bytes.web`; `load_tool` and `harness`
stand among the services where they were measured. None of these has a limit.

{parts}
"""


def generate() -> str:
    """Return the text of the page."""
    whole = [metric for metric in METRICS.values() if metric.read]
    parts = [metric for metric in METRICS.values() if metric.by_service]
    whole_rows = tuple((*_row(metric), _limit(metric), metric.description) for metric in whole)
    parts_rows = tuple((*_row(metric), metric.description) for metric in parts)
    columns, meaning = ("metric", "unit", "better", "valid only"), "what it is"
    return TEXT.format(
        whole=markdown.render_table(Table((*columns, "limit", meaning), whole_rows, "llllrl")),
        parts=markdown.render_table(Table((*columns, meaning), parts_rows, "lllll")),
    )


def _row(metric: Metric) -> tuple[str, ...]:
    return (
        metric.name,
        metric.unit,
        metric.better or units.NONE,
        "yes" if metric.of_valid else units.NONE,
    )


def _limit(metric: Metric) -> str:
    return units.NONE if metric.limit is None else units.format_share(metric.limit, 1)


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(generate(), encoding="utf-8")
