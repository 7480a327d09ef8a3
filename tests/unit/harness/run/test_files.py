"""The files that a valid run leaves, and what an invalid one leaves out."""

import json
from pathlib import Path

import pytest

from harness.cluster.backends.native import NativeBackend
from harness.monitor.machine import Traffic
from harness.monitor.series import Sample
from harness.record import store
from harness.run import files
from harness.run.result import PhaseResults, create_result
from tests.unit.harness.run import measured

SAMPLE = Sample(0.0, 1, "load", None, {}, None, Traffic(None, None, None), {})


@pytest.fixture
def cluster(tmp_path: Path) -> NativeBackend:
    (tmp_path / "cluster" / "logs").mkdir(parents=True)
    (tmp_path / "cluster" / "logs" / "web.log").write_text("started\n", encoding="utf-8")
    return NativeBackend(tmp_path, tmp_path / "cluster")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def test_valid_run_has_all_files(cluster: NativeBackend, folder: Path) -> None:
    run = measured.run()
    result = create_result(run)

    files.write_files(folder, run, result, {"load_average": 0.5}, [SAMPLE], cluster)

    assert sorted(path.name for path in folder.iterdir()) == [
        "benchmark.json",
        "config.toml",
        "environment.json",
        "latency.csv",
        "logs",
        "result.json",
        "series.csv",
    ]
    assert store.read_result(folder) == result
    assert json.loads((folder / "environment.json").read_text())["load_average"] == 0.5
    assert (folder / "logs" / "web.log").read_text() == "started\n"
    stages = {line.split(",")[0] for line in (folder / "latency.csv").read_text().splitlines()}
    assert stages == {"stage", "http", "committed", "committed_menu_app_events"}


def test_run_that_measured_nothing_has_its_record(cluster: NativeBackend, folder: Path) -> None:
    run = measured.run(results=PhaseResults(), error=KeyboardInterrupt())

    files.write_files(folder, run, create_result(run), {}, [SAMPLE], cluster)

    written = {path.name for path in folder.iterdir()}
    assert "result.json" in written
    assert not {"benchmark.json", "latency.csv"} & written
