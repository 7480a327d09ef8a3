"""Three faults of `make faults`: the job between rename and commit log, Kafka, one web worker."""

import pytest

from harness.record.fault_record import FaultsRecord
from tests.pipeline.repository import Repository

# Of 42,452 requests, 200 a second. A fifth is due before the fault; Kafka is away for some 12 s.
FRACTIONS = {"streaming-renamed": 0.05, "kafka": 0.1, "web-worker": 0.05}
SENT = 42_452


@pytest.mark.parametrize(
    ("fault", "ended"),
    [("streaming-renamed", "streaming"), ("kafka", "kafka"), ("web-worker", "web")],
)
def test_no_event_is_missing_and_none_is_doubled(
    standing: Repository, fault: str, ended: str
) -> None:
    fraction = FRACTIONS[fault]
    known = set((standing.results / "faults").glob("*/faults.json"))
    said = standing.harness("faults", "--fault", fault, "--set", f"load.fraction={fraction}")
    assert said.code == 0, said
    (made,) = set((standing.results / "faults").glob("*/faults.json")) - known
    (row,) = FaultsRecord.model_validate_json(made.read_bytes()).rows
    assert (row.fault, row.verdict) == (fault, "kept")
    assert (row.missing, row.duplicate, row.hung) == (0, 0, 0)
    assert row.accepted is not None
    assert row.accepted > 0.19 * fraction * SENT
    assert row.in_doubt is not None
    assert row.in_doubt_arrived is not None
    assert 0 <= row.in_doubt_arrived <= row.in_doubt
    assert row.slowest_503_s is None or row.slowest_503_s <= 2
    assert ended in row.restarts
    assert row.recovery_s is not None
    assert row.recovery_s > 0.5
    assert f"{fault}: kept; 0 missing, 0 doubled" in said.out
    for kind in ("html", "md"):
        assert made.with_suffix(f".{kind}").is_file()
    # The cluster stands as it did.
    assert standing.standing()
    result = standing.result(str(row.run_id))
    assert result.fault is not None
    assert {restart.service for restart in result.restarts} == set(row.restarts)
    assert all(restart.away_s for restart in result.restarts[-1:])
