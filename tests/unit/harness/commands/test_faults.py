"""Several fault runs in a row: on which cluster, what is shown and kept, how they end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.cluster import tmpfs
from harness.commands import faults
from harness.config.model import Config
from harness.errors import InvalidRun, Missing, UsageError
from harness.faults import registry
from harness.record.fault_record import FaultsRecord
from harness.record.models import RunStatus
from harness.run import setup
from tests.unit.harness.record import example
from tests.unit.harness.record.test_fault_record import result

CHOSEN = tuple(map(registry.find, ("kafka", "kafka-full", "web")))


class Runs:
    """In the place of real ones: each ends as it is told."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.status: dict[str, RunStatus] = {}
        self.error: BaseException | None = None

    def measure(self, config: Config, keep: bool) -> tuple[object, object]:
        assert not keep
        name = str(config.fault.name)
        self.made.append(name)
        made = result()
        assert made.fault is not None
        told = result(
            run_id=f"20261126T15000{len(self.made)}Z-faults-1a2b3c",
            status=self.status.get(name, "valid"),
            fault=made.fault.model_copy(update={"name": name}),
            counts=example.counts(missing=2) if name in self.status else made.counts,
        )
        return SimpleNamespace(error=self.error), SimpleNamespace(result=told)

    @contextmanager
    def share_cluster(self, _: object) -> Iterator[None]:
        self.made.append("cluster begins")
        yield
        self.made.append("cluster ends")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Runs:
    runs = Runs()
    monkeypatch.setattr(faults, "measure", runs.measure)
    monkeypatch.setattr(faults, "share_cluster", runs.share_cluster)
    monkeypatch.setattr(setup, "ensure", lambda *_: None)
    monkeypatch.setattr(registry, "FAULTS", CHOSEN)
    monkeypatch.setattr(tmpfs, "hindrance", lambda: None)
    return runs


def kept(tmp_path: Path) -> FaultsRecord:
    (path,) = (tmp_path / "results" / "faults").glob("*/faults.json")
    assert (path.with_suffix(".md")).is_file()
    return FaultsRecord.model_validate_json(path.read_bytes())


def test_those_that_fill_a_disk_have_a_cluster_of_their_own(
    made: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults.run("faults", (), None)
    assert made.made == ["cluster begins", "kafka", "web", "cluster ends", "kafka-full"]
    assert [row.fault for row in kept(tmp_path).rows] == ["kafka", "web", "kafka-full"]
    assert kept(tmp_path).requests == 8_067
    assert "web: kept; 0 missing, 0 doubled, 6 in doubt" in capsys.readouterr().out


def test_one_alone_uses_the_cluster_of_its_run(made: Runs) -> None:
    faults.run("faults", (), "web")
    assert made.made == ["web"]


def test_a_promise_that_failed_does_not_end_the_others(
    made: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.status = {"kafka": "invalid"}
    with pytest.raises(InvalidRun, match="1 of 3 promises failed") as failed:
        faults.run("faults", (), None)
    assert failed.value.why == "kafka"
    assert [row.verdict for row in kept(tmp_path).rows] == ["FAILED", "kept", "kept"]
    assert "kafka: FAILED; 2 missing" in capsys.readouterr().out


def test_one_that_cannot_be_done_here_is_told_and_not_run(
    made: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tmpfs, "hindrance", lambda: "no tmpfs can be mounted: not root")
    faults.run("faults", (), None)
    assert "kafka-full" not in made.made
    assert [row.verdict for row in kept(tmp_path).rows] == ["kept", "kept", "not run"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Missing("Port 9092 is in use.")])
def test_what_hinders_a_run_ends_them_all(made: Runs, error: BaseException) -> None:
    made.error = error
    with pytest.raises(type(error)):
        faults.run("faults", (), None)
    assert made.made == ["cluster begins", "kafka"]


def test_a_load_that_gives_up_in_an_outage_is_refused(made: Runs) -> None:
    with pytest.raises(UsageError, match="need a load at a rate"):
        faults.run("mix", (), None)
    assert made.made == []
