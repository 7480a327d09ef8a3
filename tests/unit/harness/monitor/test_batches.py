"""The micro-batches of the progress file."""

from pathlib import Path

import pytest

from harness.monitor import batches
from harness.monitor.batches import MicroBatch

READY = b'{"event": "ready", "time_ms": 1000}\n'
FIRST = b'{"event": "batch", "batch": 0, "input_rows": 0, "duration_ms": 811, "time_ms": 1001}\n'
SECOND = b'{"event": "batch", "batch": 1, "input_rows": 9, "duration_ms": 600, "time_ms": 2500}\n'


def test_batches_in_order(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_bytes(READY + FIRST + SECOND)

    assert batches.read_batches(path) == [
        MicroBatch(batch=0, input_rows=0, duration_ms=811, time_ms=1001),
        MicroBatch(batch=1, input_rows=9, duration_ms=600, time_ms=2500),
    ]


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_bytes(READY + FIRST + SECOND[:30])

    assert [batch.batch for batch in batches.read_batches(path)] == [0]


def test_a_job_that_never_began_has_none(tmp_path: Path) -> None:
    assert batches.read_batches(tmp_path / "progress.jsonl") == []


def test_a_line_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_bytes(READY + b"26/11/24 WARN something\n")

    with pytest.raises(ValueError, match=r"JSON"):
        batches.read_batches(path)
