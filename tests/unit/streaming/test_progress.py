import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from streaming.progress import ProgressFile


def batch(number: int, rows: int) -> Any:
    progress = SimpleNamespace(
        batchId=lambda: number, numInputRows=lambda: rows, batchDuration=lambda: 700
    )
    return SimpleNamespace(progress=lambda: progress)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "progress.jsonl"


def test_the_first_trigger_makes_ready(path: Path) -> None:
    progress = ProgressFile(path)
    progress.onQueryStarted(None)
    assert lines(path) == []
    before = time.time_ns() // 1_000_000
    progress.onQueryIdle(None)
    [ready] = lines(path)
    assert ready.keys() == {"event", "time_ms"}
    assert ready["event"] == "ready"
    assert before <= ready["time_ms"] <= time.time_ns() // 1_000_000


def test_an_idle_query_adds_nothing(path: Path) -> None:
    progress = ProgressFile(path)
    for _ in range(3):
        progress.onQueryIdle(None)
    progress.onQueryTerminated(None)
    assert len(lines(path)) == 1


def test_each_batch_is_a_line_after_ready(path: Path) -> None:
    progress = ProgressFile(path)
    progress.onQueryProgress(batch(0, 0))
    progress.onQueryProgress(batch(1, 2500))
    ready, *batches = lines(path)
    assert ready["event"] == "ready"
    assert [{k: v for k, v in line.items() if k != "time_ms"} for line in batches] == [
        {"event": "batch", "batch": 0, "input_rows": 0, "duration_ms": 700},
        {"event": "batch", "batch": 1, "input_rows": 2500, "duration_ms": 700},
    ]


def test_what_is_in_the_file_stays(path: Path) -> None:
    ProgressFile(path).onQueryIdle(None)
    ProgressFile(path).onQueryIdle(None)
    assert [line["event"] for line in lines(path)] == ["ready", "ready"]
