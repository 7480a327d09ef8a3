"""The tables of docs/faults.md are those of the recorded faults."""

import json
from pathlib import Path

import pytest

from harness.dev import outcomes
from harness.record.fault_record import FaultsRecord

RECORDS = [
    FaultsRecord.model_validate(record) for record in json.loads(outcomes.RECORDS.read_bytes())
]


def test_the_committed_page_is_not_stale() -> None:
    page = outcomes.PAGE.read_text(encoding="utf-8")
    assert len(outcomes.PLACE.findall(page)) == 1
    assert outcomes.generate(page) == page, "generate it anew: python -m harness.dev.outcomes"


def test_every_promise_was_kept_in_each_record() -> None:
    rows = [row for record in RECORDS for row in record.rows]
    assert {row.verdict for row in rows} <= {"kept", "measured"}
    assert all(row.missing == row.duplicate == 0 for row in rows if row.verdict == "kept")


def test_the_records_given_are_the_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, kept = tmp_path / "faults.md", tmp_path / "faults.json"
    page.write_text("before\n<!-- outcomes -->\nstale\n<!-- end of outcomes -->\nafter\n")
    monkeypatch.setattr(outcomes, "PAGE", page)
    monkeypatch.setattr(outcomes, "RECORDS", kept)
    given = []
    for number, record in enumerate(RECORDS):
        given.append(tmp_path / f"{number}.json")
        given[-1].write_text(record.model_dump_json())

    outcomes.main([str(path) for path in given])

    written = page.read_text()
    assert written.startswith("before\n<!-- outcomes -->\n\n| fault")
    assert written.endswith("|\n\n<!-- end of outcomes -->\nafter\n")
    assert "stale" not in written
    assert json.loads(kept.read_bytes()) == json.loads(outcomes.RECORDS.read_bytes())


def test_several_records_are_told_side_by_side() -> None:
    none = RECORDS[0].rows[0]
    first = RECORDS[0].model_copy(update={"rows": (none,)})
    lost = none.model_copy(update={"accepted": 9, "missing": 2, "duplicate": 1, "recovery_s": None})
    second = RECORDS[0].model_copy(update={"rows": (lost,)})

    made = outcomes.repeated([first, second])

    assert made.rows == (("none", "8,067 / 9", "0 / 2", "0 / 1", "0.0 / -"),)


def test_records_of_other_faults_are_not_told_together() -> None:
    first, second = RECORDS[0], RECORDS[0].model_copy(update={"rows": RECORDS[0].rows[::-1]})
    with pytest.raises(ValueError, match="not the same fault"):
        outcomes.repeated([first, second])
