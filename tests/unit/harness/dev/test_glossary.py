"""The committed page of metrics is the registry's."""

from harness.dev import glossary
from harness.record.metrics import METRICS


def test_the_committed_page_is_not_stale() -> None:
    assert glossary.PATH.read_text(encoding="utf-8") == glossary.generate(), (
        "generate it anew: python -m harness.dev.glossary"
    )


def test_every_metric_is_on_it_with_its_unit() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in glossary.generate().splitlines()
        if line.startswith("|")
    ]
    explained = {row[0]: row for row in rows}

    assert METRICS.keys() <= explained.keys()
    for name, metric in METRICS.items():
        assert explained[name][1] == metric.unit
        assert explained[name][-1] == metric.description
    assert explained["queryable_per_s"][2:5] == ["higher", "yes", "10 %"]
    assert [row[0] for row in rows].count("pss_peak_bytes") == 2
