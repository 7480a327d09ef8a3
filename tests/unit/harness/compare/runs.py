"""Runs of a results folder, with the figures that a test wants."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.config import layers
from harness.record import store
from harness.record.models import Result, Throughput
from tests.unit.harness.record import example

BEGAN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def make(number: int, queryable_per_s: float = 2700.0, **changes: Any) -> Result:
    """The record of a run that began `number` minutes after 02:00."""
    began = BEGAN + timedelta(minutes=number)
    throughput = Throughput(accepted_per_s=1.1 * queryable_per_s, queryable_per_s=queryable_per_s)
    fields: dict[str, Any] = {
        "run_id": f"{began:%Y%m%dT%H%M%SZ}-bench-{number:06x}",
        "started_utc": began,
        "throughput": throughput if changes.get("status", "valid") == "valid" else None,
    }
    return example.result(**{**fields, **changes})


def keep(results: Path, records: Iterable[Result], *settings: str) -> None:
    """Writes runs into their folders, the last one as the latest."""
    toml = layers.load_config("bench", settings, environment={}).toml()
    for record in records:
        with store.begin_run(results, record.run_id) as folder:
            (folder / "config.toml").write_text(toml, encoding="utf-8")
            store.write_result(record, folder)
