"""The committed files are those that the code generates, and say what the records say."""

import json
from pathlib import Path

import pytest

from harness.compare import sequential
from harness.dev import generate
from harness.record.check_record import PairOfRuns
from harness.record.fault_record import FaultsRecord
from harness.record.metrics import METRICS
from harness.record.noise_record import Baseline, Noise, Sitting
from harness.system import paths

RECORDS = [
    FaultsRecord.model_validate(record) for record in json.loads(generate.FAULTS.read_bytes())
]


@pytest.mark.parametrize("path", generate.FILES, ids=lambda path: path.name)
def test_committed_file_is_not_stale(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.FILES[path](), (
        "generate it anew: python -m harness.dev.generate"
    )


@pytest.mark.parametrize(
    ("page", "name"),
    [("ci.md", "rates"), ("faults.md", "outcomes"), ("environment.md", "programs")],
)
def test_page_has_one_place_for_what_is_generated(page: str, name: str) -> None:
    text = (paths.DOCS / page).read_text(encoding="utf-8")
    assert text.count(f"<!-- {name} -->\n") == text.count(f"<!-- end of {name} -->") == 1


def test_every_metric_is_on_it_with_its_unit() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in generate.generate_glossary().splitlines()
        if line.startswith("|")
    ]
    explained = {row[0]: row for row in rows}

    assert METRICS.keys() <= explained.keys()
    for name, metric in METRICS.items():
        assert explained[name][1] == metric.unit
        assert explained[name][-1] == metric.description
    assert explained["queryable_per_s"][2:5] == ["higher", "yes", "10 %"]
    assert [row[0] for row in rows].count("pss_peak_bytes") == 2


def test_every_promise_was_kept_in_each_record() -> None:
    rows = [row for record in RECORDS for row in record.rows]
    assert {row.verdict for row in rows} <= {"kept", "measured"}
    assert all(row.missing == row.duplicate == 0 for row in rows if row.verdict == "kept")


def test_the_records_given_are_the_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed = generate.FAULTS.read_bytes()
    page = tmp_path / "faults.md"
    page.write_text("before\n<!-- outcomes -->\nstale\n<!-- end of outcomes -->\nafter\n")
    monkeypatch.setattr(paths, "DOCS", tmp_path)
    monkeypatch.setattr(generate, "FAULTS", tmp_path / "faults.json")
    monkeypatch.setattr(generate, "FILES", {page: generate.generate_outcomes})
    given = []
    for number, record in enumerate(RECORDS):
        given.append(tmp_path / str(number) / "faults.json")
        given[-1].parent.mkdir()
        given[-1].write_text(record.model_dump_json())

    generate.main([str(path) for path in given])

    written = page.read_text()
    assert written.startswith("before\n<!-- outcomes -->\n\n| fault")
    assert written.endswith("|\n\n<!-- end of outcomes -->\nafter\n")
    assert "stale" not in written
    assert json.loads(generate.FAULTS.read_bytes()) == json.loads(committed)


def test_noise_of_a_given_baseline_is_the_docs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "NOISE", tmp_path / "noise.json")
    monkeypatch.setattr(generate, "FILES", {})
    values: dict[str, float | None] = {limit.metric: 2.0 for limit in sequential.list_limits()}
    pair = PairOfRuns(first="base", base_run="b", head_run="h", base=values, head=values)
    sitting = Sitting(
        sitting_id="baseline-1",
        commit="a" * 40,
        started_utc=RECORDS[0].started_utc,
        duration_s=60.0,
        pairs=(pair,),
    )
    baseline = Baseline(series="bench-1", conditions={}, sittings=(sitting,))
    given = tmp_path / "bench-1.json"
    given.write_text(baseline.model_dump_json())

    generate.main([str(given)])

    noise = Noise.model_validate_json(generate.NOISE.read_bytes())
    assert noise.pairs == (dict.fromkeys(values, 0.0),)


def test_several_records_are_told_side_by_side() -> None:
    none = RECORDS[0].rows[0]
    first = RECORDS[0].model_copy(update={"rows": (none,)})
    lost = none.model_copy(update={"accepted": 9, "missing": 2, "duplicate": 1, "recovery_s": None})
    second = RECORDS[0].model_copy(update={"rows": (lost,)})

    made = generate.repeat_outcomes([first, second])

    assert made.rows == (("none", "8,067 / 9", "0 / 2", "0 / 1", "0.0 / -"),)


def test_records_of_other_faults_are_not_told_together() -> None:
    first, second = RECORDS[0], RECORDS[0].model_copy(update={"rows": RECORDS[0].rows[::-1]})
    with pytest.raises(ValueError, match="not the same fault"):
        generate.repeat_outcomes([first, second])
