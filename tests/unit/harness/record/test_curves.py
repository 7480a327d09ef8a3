"""What is read of a run's folder, and what follows from it."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.record import curves
from tests.unit.harness.record import example, folders

MIB = 2**20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folders.lay(tmp_path / "run", example.result(), seconds=31)


def test_a_folder_without_curves_has_none(tmp_path: Path) -> None:
    read = curves.read_curves(tmp_path)

    assert (read.elapsed_s, read.services, read.latency_ms, read.sent()) == ([], [], {}, [])


def test_null_is_not_measured_and_0_is_zero(folder: Path) -> None:
    lag = curves.read_curves(folder).series["lag"]

    assert lag[:6] == [None] * 5 + [0.0]
    assert lag[8] == 4_000


def test_cores_are_cpu_time_by_the_interval(folder: Path) -> None:
    read = curves.read_curves(folder)

    assert read.services[0] == "kafka"
    assert read.services[-1] == "harness"
    assert read.cores("kafka") == pytest.approx([0.05] * 30)
    assert read.cores("namenode") == pytest.approx([0.10] * 30)


def test_memory_between_readings_of_pss_goes_with_rss(folder: Path) -> None:
    read = curves.read_curves(folder)

    memory = read.memory_bytes("kafka")

    assert len(memory) == 30
    # Read after 10 s, and of the 70 + 5 MiB of RSS a share between 60 of 70 and 70 of 80.
    assert memory[9] == pytest.approx(70 * MIB)
    assert memory[4] == pytest.approx(75 * MIB * (60 / 70 + 70 / 80) / 2)


def test_memory_that_was_never_read_is_none(tmp_path: Path) -> None:
    read = curves.Curves({"elapsed_s": [0, 1], "x_rss_bytes": [1, 1], "x_pss_bytes": [None, None]})

    assert read.memory_bytes("x") == [0.0]


def test_requests_are_counted_at_full_seconds(folder: Path) -> None:
    # The run begins half a second after a full one, and ab 4.5 s after that.
    sent = curves.read_curves(folder).sent()

    assert sent == [(4.5, 0), (5.5, 100), (6.5, 200), (7.5, 300)]


def test_requests_of_an_interleaved_load_are_counted_too(folder: Path) -> None:
    for path in (folder / "load").iterdir():
        path.unlink()
    second = round(curves.read_curves(folder).series["time_ms"][0] or 0) // 1000 + 10
    (folder / "load" / "outcomes.tsv").write_text(
        f"request\tsecond\n1\t{second}\n0\t{second}\n2\t{second + 1}\n"
    )

    assert [number for _, number in curves.read_curves(folder).sent()] == [0, 2, 3]


def test_latency_by_stage(folder: Path) -> None:
    latency = curves.read_curves(folder).latency_ms

    assert latency.keys() == {"http", "committed"}
    assert latency["http"][:2] == [(0.0, 0.5), (1.0, 1.0)]
    assert latency["http"][-1] == (100.0, 50.5)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("series.csv", "elapsed_s,lag\n0.0,many\n"),
        ("latency.csv", "stage,percentile\nhttp,50\n"),
        ("latency.csv", "stage,percentile,latency_ms\nhttp,50\n"),
        ("series.csv", "elapsed_s\n\0\n"),
        ("load/ab-01.tsv", "starttime\tseconds\nx\n"),
    ],
)
def test_a_file_of_somebody_else_is_refused(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=r"The curves in .* cannot be read"):
        curves.read_curves(folder)
