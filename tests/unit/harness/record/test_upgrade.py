"""A record of every schema version is read, and says what it said."""

import json
import re
import shutil
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.record import metrics, store, upgrade
from harness.record.models import SCHEMA_VERSION, Result
from harness.report.render import markdown
from tests.unit.harness.report import reports

GOLDEN = Path(__file__).parent / "golden"


def read(folder: Path, version: int) -> Result:
    shutil.copy(GOLDEN / f"result.v{version}.json", folder / "result.json")
    return store.read_result(folder)


def test_there_is_a_golden_record_of_each_version() -> None:
    found = {path.name for path in GOLDEN.iterdir()}

    assert found == {f"result.v{version}.json" for version in upgrade.KNOWN}
    for version in upgrade.KNOWN:
        text = (GOLDEN / f"result.v{version}.json").read_text(encoding="utf-8")
        assert json.loads(text)["schema_version"] == version
    assert upgrade.STEPS.keys() == {*upgrade.KNOWN} - {SCHEMA_VERSION}


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.name)
def test_a_golden_record_names_no_place_of_its_machine(path: Path) -> None:
    texts = re.findall(r'"(/[^"?]*)"', path.read_text(encoding="utf-8"))

    # The routes of the app.
    assert {text.count("/") for text in texts} == {1}


def test_version_1_keeps_its_figures(tmp_path: Path) -> None:
    written = json.loads((GOLDEN / "result.v1.json").read_text(encoding="utf-8"))

    result = read(tmp_path, 1)

    assert result.schema_version == SCHEMA_VERSION
    assert result.run_id == written["run_id"] == "20261124T140639Z-bench-7b8bf8"
    assert result.throughput is not None
    assert result.throughput.model_dump() == written["throughput"]
    assert result.resources is not None
    assert result.resources.total.cpu_s == written["resources"]["total"]["cpu_s"]
    assert [answer.rows for answer in result.answers] == [
        tuple(map(tuple, answer["rows"])) for answer in written["answers"]
    ]


def test_version_1_tells_the_cost_of_an_event_from_what_it_measured(tmp_path: Path) -> None:
    result = read(tmp_path, 1)

    # 23.09 CPU-seconds for 42,452 events, 10.12 of them the web's.
    assert result.cost is not None
    assert result.cost.cpu_s_per_1000_events == pytest.approx(0.54391, abs=1e-5)
    assert result.cost.events_per_cpu_s == pytest.approx(1838.545, abs=1e-3)
    of_services = result.cost.cpu_s_per_1000_events_by_service
    assert of_services["web"] == pytest.approx(0.23839, abs=1e-5)
    assert sum(of_services.values()) == pytest.approx(result.cost.cpu_s_per_1000_events)
    assert result.cost.kafka_bytes_per_event is None
    assert result.metrics == metrics.read_metrics(result)
    assert result.metrics["queryable_per_s"] == pytest.approx(3407.9163)
    assert result.metrics["cpu_s_per_1000_events.web"] == of_services["web"]


def test_version_1_does_not_tell_what_it_did_not_measure(tmp_path: Path) -> None:
    result = read(tmp_path, 1)

    assert result.startup == {}
    assert result.sampling is None
    assert all(phase.cpu_s == {} for phase in result.phases)
    assert result.group is None


def test_version_1_has_a_report(tmp_path: Path) -> None:
    assert markdown.render_report(reports.of_run(read(tmp_path, 1))).startswith(
        "# Run 20261124T140639Z-bench-7b8bf8"
    )


def test_the_present_version_is_read_as_it_was_written(tmp_path: Path) -> None:
    text = (GOLDEN / f"result.v{SCHEMA_VERSION}.json").read_text(encoding="utf-8")

    result = read(tmp_path, SCHEMA_VERSION)

    assert result.model_dump_json(indent=2) + "\n" == text
    assert result.metrics == metrics.read_metrics(result)
    assert result.metrics["queryable_per_s"] == pytest.approx(3.3, abs=0.05)
    assert result.metrics["others_cpu_share"] == pytest.approx(0.414, abs=0.001)
    page = markdown.render_report(reports.of_run(result))
    assert page.startswith("# Run 20261128T150910Z-smoke-6d5a49: VALID, DISTURBED")


def test_version_2_has_no_mark(tmp_path: Path) -> None:
    written = json.loads((GOLDEN / "result.v2.json").read_text(encoding="utf-8"))

    result = read(tmp_path, 2)

    assert result.marks == {}
    assert result.metrics["others_cpu_share"] is None
    assert result.metrics.items() >= written["metrics"].items()


@pytest.mark.parametrize("missing", ["resources", "load"])
def test_a_run_that_ended_early_has_no_cost(tmp_path: Path, missing: str) -> None:
    fields = json.loads((GOLDEN / "result.v1.json").read_text(encoding="utf-8"))
    ended = {"status": "error", "throughput": None, missing: None}
    (tmp_path / "result.json").write_text(json.dumps({**fields, **ended}))

    assert store.read_result(tmp_path).cost is None


@pytest.mark.parametrize("change", [{"resources": 7}, {"load": {}}, {"status": None}])
def test_what_is_no_record_of_version_1_is_refused(tmp_path: Path, change: object) -> None:
    fields = json.loads((GOLDEN / "result.v1.json").read_text(encoding="utf-8"))
    assert isinstance(change, dict)
    (tmp_path / "result.json").write_text(json.dumps({**fields, **change}))

    with pytest.raises(UsageError, match="is no run's record"):
        store.read_result(tmp_path)
