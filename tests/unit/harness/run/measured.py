"""What a run of 100 events measured, as its phases return it."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from harness.config import layers
from harness.load.result import LoadResult, RequestResult
from harness.record.models import Check, Sampling
from harness.run.observers import Verified
from harness.run.result import Drained, FinalState, Measured, PhaseResults
from harness.verify.parquet import CommittedLatency
from tests.unit.harness.record import example

STARTED = 1_000.0
"""When the run began, by time.monotonic."""

UNIX_AHEAD_S = 500_000.0


def load(*results: RequestResult, **changes: Any) -> LoadResult:
    """A load from second 10 to second 20 of the run."""
    fields: dict[str, Any] = {
        "record": example.load(),
        "read": lambda: np.array([10.0, 20.0]),
        "started": STARTED + 10,
        "ended": STARTED + 20,
        "cpu_s": 1.0,
        "reasons": (),
        "results": results,
    }
    return LoadResult(**{**fields, **changes})


def verified(accepted: int = 100, *checks: Check, **counts: int) -> Verified:
    """A ladder whose rungs hold as many events as were accepted."""
    number = dict.fromkeys(("kafka", "parquet", "presto"), accepted)
    return Verified(
        counts=example.counts(accepted=accepted, **{**number, **counts}),
        checks=checks,
        committed=CommittedLatency({"menu_app_events": np.array([-1, 800])}, unknown=3),
        parquet_bytes=5_000,
        due=(),
    )


def results(**changes: Any) -> PhaseResults:
    """The results of a run whose phases all came to their end, in second 25."""
    fields: dict[str, Any] = {
        "ready_s": {"web": 1.5},
        "load": load(),
        "drained": Drained(STARTED + 25),
        "verified": verified(),
        "topic_bytes": 20_000,
        "answers": [],
        "final": FinalState([], ()),
    }
    return PhaseResults(**{**fields, **changes})


def run(**changes: Any) -> Measured:
    """A run that took 60 s, with some of what is known of it changed."""
    record = example.result()
    fields: dict[str, Any] = {
        "run_id": record.run_id,
        "group": None,
        "config": layers.load_config("bench", environment={}),
        "started_utc": datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
        "started": STARTED,
        "ended": STARTED + 60,
        "clock_ahead_s": UNIX_AHEAD_S,
        "clock_readings": [(0.0, 0), (1.0, 1_000)],
        "phases": record.phases,
        "results": results(),
        "error": None,
        "fault": None,
        "resources": record.resources,
        "budget": record.budget,
        "sampling": Sampling(interval_s=1.0, looks=60, missed=0, cpu_s=0.5),
        "environment": record.environment,
    }
    return Measured(**{**fields, **changes})
