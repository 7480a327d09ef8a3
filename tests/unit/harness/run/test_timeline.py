"""Phases as they pass: their times, and what stands in the way of the run's folder."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.config.model import MonitorSettings
from harness.errors import Missing, ServiceFailed
from harness.monitor.sampler import Sampler
from harness.run.timeline import Timeline
from harness.system.progress import Display
from tests.unit.harness.run.limits import largest_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "results" / "run"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def timeline(folder: Path) -> Iterator[Timeline]:
    """The timeline of a run that began 5 s ago."""
    started = time.monotonic() - 5
    with Sampler(dict, folder / "processes.csv", MonitorSettings(), started) as sampler:
        yield Timeline(started, sampler, folder, Display())


def test_phases_follow_each_other_from_the_start_of_the_run(timeline: Timeline) -> None:
    with timeline.phase("provision"):
        time.sleep(0.05)
    with timeline.phase("load"):
        sum(range(2_000_000))

    provision, load = timeline.phases
    assert (provision.name, provision.status) == ("provision", "done")
    assert 5 <= provision.started_s < 10
    assert provision.duration_s >= 0.05
    assert load.started_s >= provision.started_s + provision.duration_s
    assert load.cpu_s["harness"] > 0
    assert timeline.entered["load"].time >= timeline.completed["provision"].time


@pytest.mark.parametrize(
    ("error", "status"),
    [(ServiceFailed("kafka has died"), "failed"), (KeyboardInterrupt(), "interrupted")],
)
def test_phase_that_raises_is_entered_and_not_completed(
    timeline: Timeline, error: BaseException, status: str
) -> None:
    with pytest.raises(type(error)), timeline.phase("load"):
        raise error

    (phase,) = timeline.phases
    assert phase.status == status
    assert "load" in timeline.entered
    assert timeline.completed == {}


@pytest.mark.parametrize("whole", [True, False])
def test_removed_folder_is_missing(timeline: Timeline, folder: Path, whole: bool) -> None:
    shutil.rmtree(folder.parent if whole else folder)

    with pytest.raises(Missing, match="cannot be written") as caught, timeline.phase("load"):
        # As the load tools do, which write beside the sampler.
        (folder / "load").mkdir()

    assert "No such file or directory" in caught.value.why


def test_full_disk_is_missing(timeline: Timeline, folder: Path) -> None:
    with (
        pytest.raises(Missing, match="cannot be written"),
        timeline.phase("load"),
        largest_file(10),
    ):
        (folder / "schedule.tsv").write_text("0.1\tlogin\t/login\n" * 10)


def test_other_file_is_another_error(timeline: Timeline, folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="another"), timeline.phase("load"):
        (folder.parent / "another").read_text()
