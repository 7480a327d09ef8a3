"""A run's folder is whole or absent, and found again."""

import errno
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.errors import Missing, UsageError
from harness.record import store
from harness.system.paths import ROOT
from harness.system.process import Identity
from tests.unit.harness.record import example

RUN = "20261124T020000Z-bench-1a2b3c"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "the results"


def names(folder: Path) -> list[str]:
    """The names of all that is in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def commit(results: Path, profile: str = "bench") -> str:
    """Makes a run; returns its name."""
    run_id = store.create_run_id(profile)
    with store.begin_run(results, run_id) as folder:
        store.write_result(example.result(run_id=run_id), folder)
    return run_id


def place(results: Path, run_id: str, group: str | None = None) -> None:
    """Makes a run of this very name."""
    folder = results / "runs" / run_id
    folder.mkdir(parents=True)
    record = example.result(run_id=run_id, group=group)
    (folder / "result.json").write_text(record.model_dump_json())


def test_a_run_is_whole(results: Path, tmp_path: Path) -> None:
    logs = tmp_path / "cluster logs"
    (logs / "archive").mkdir(parents=True)
    (logs / "kafka.log").write_text("started\n")
    record = example.result(run_id=RUN)

    with store.begin_run(results, RUN) as folder:
        (folder / "processes.csv").write_text("elapsed_s\n")
        store.copy_logs(logs, folder)
        store.write_result(record, folder)

    final = results / "runs" / RUN
    found = {str(path.relative_to(final)) for path in final.rglob("*") if path.is_file()}
    assert found == {"result.json", "processes.csv", "logs/kafka.log"}
    assert (final / "logs" / "kafka.log").read_text() == "started\n"
    assert store.read_result(final) == record
    assert names(results / "runs") == [RUN]


def test_a_run_whose_cluster_was_never_made_has_no_logs(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    store.copy_logs(tmp_path / "nowhere", tmp_path / "run")
    assert [*(tmp_path / "run" / "logs").iterdir()] == []


def test_until_then_it_is_hidden_and_always_for_its_user_alone(results: Path) -> None:
    with store.begin_run(results, RUN) as folder:
        assert folder == results / "runs" / f".{RUN}.partial"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert store.list_runs(results) == []
        assert not (results / "latest").is_symlink()

    (run_id,) = store.list_runs(results)
    assert stat.S_IMODE((results / "runs" / run_id).stat().st_mode) == 0o700


@pytest.mark.parametrize("error", [ValueError, ConnectionRefusedError, KeyboardInterrupt])
def test_a_run_that_raises_leaves_nothing(results: Path, error: type[BaseException]) -> None:
    def run() -> None:
        with store.begin_run(results, RUN) as folder:
            (folder / "report.md").write_text("half")
            raise error

    with pytest.raises(error):
        run()

    assert names(results / "runs") == []
    assert names(results) == ["runs"]


def test_latest_follows_the_last_run(results: Path) -> None:
    first = commit(results)
    assert (results / "latest").readlink() == Path("runs", first)

    second = commit(results)

    assert (results / "latest").readlink() == Path("runs", second)
    assert store.find_run(results, "latest") == results / "runs" / second
    assert names(results) == ["latest", "runs"]


def test_a_name_says_when_and_what() -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    name = store.create_run_id("bench")

    match = re.fullmatch(r"(\d{8}T\d{6}Z)-bench-[0-9a-f]{6}", name)
    assert match
    moment = datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert before <= moment <= datetime.now(UTC)
    assert store.create_run_id("bench") != name


def test_what_a_killed_run_left_is_removed_at_the_next_start(results: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from harness.record import store\n"
        "with store.begin_run(Path(sys.argv[1]), 'killed') as folder:\n"
        "    (folder / 'report.md').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = ROOT
    subprocess.run(
        [sys.executable, "-c", script, results], cwd=root, check=False, capture_output=True
    )
    (left,) = names(results / "runs")
    assert left.endswith(".partial")

    run_id = commit(results)

    assert names(results / "runs") == [run_id]


def test_a_run_that_was_killed_as_it_got_its_name_is_whole(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = commit(results)
    with monkeypatch.context() as killed:
        killed.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt), store.begin_run(results, RUN) as folder:
            store.write_result(example.result(run_id=RUN), folder)
    assert store.list_runs(results) == sorted([first, RUN])
    assert store.find_run(results, "latest").name == first

    last = commit(results)

    assert store.find_run(results, "latest").name == last
    assert names(results) == ["latest", "runs"]


def test_the_folder_of_a_run_that_lives_stays(results: Path) -> None:
    with store.begin_run(results, RUN) as folder:
        other = commit(results)
        assert folder.is_dir()

    assert store.list_runs(results) == sorted([RUN, other])


@pytest.mark.parametrize("owner", ["", "{}", None])
def test_a_folder_without_a_readable_owner_is_removed(results: Path, owner: str | None) -> None:
    left = results / "runs" / f".{RUN}.partial"
    left.mkdir(parents=True)
    if owner is not None:
        (left / "owner.json").write_text(owner)

    commit(results)

    assert not left.exists()


def test_a_reused_pid_is_no_owner(results: Path) -> None:
    left = results / "runs" / f".{RUN}.partial"
    left.mkdir(parents=True)
    stranger = Identity(pid=os.getpid(), started=1)
    (left / "owner.json").write_text(stranger.model_dump_json())

    commit(results)

    assert not left.exists()


@pytest.mark.parametrize("name", ["report.md", "result.json", "logs/web.log"])
def test_no_space_is_told_and_leaves_nothing(results: Path, tmp_path: Path, name: str) -> None:
    logs = tmp_path / "cluster logs"
    logs.mkdir()
    (logs / "web.log").write_text("started\n")

    def run() -> None:
        with store.begin_run(results, RUN) as folder:
            (folder / "logs").mkdir()
            (folder / name).symlink_to("/dev/full")
            (folder / "report.md").write_text("a report")
            store.copy_logs(logs, folder)
            store.write_result(example.result(), folder)

    with pytest.raises(Missing, match="results cannot be written") as caught:
        run()

    assert "No space left on device" in caught.value.why
    assert names(results / "runs") == []
    assert names(results) == ["runs"]


def test_a_folder_that_was_removed_is_told_and_leaves_nothing(results: Path) -> None:
    def run(then: Callable[[Path], object]) -> None:
        with store.begin_run(results, RUN) as folder:
            shutil.rmtree(results)
            then(folder)

    for then in (lambda folder: store.write_result(example.result(), folder), lambda _: None):
        with pytest.raises(Missing, match="results cannot be written") as caught:
            run(then)
        assert f".{RUN}.partial/" in caught.value.why
        assert "No such file or directory" in caught.value.why
        assert not results.exists()


def test_another_file_that_is_missing_is_no_fault_of_the_record(results: Path) -> None:
    with pytest.raises(FileNotFoundError, match="elsewhere"), store.begin_run(results, RUN):
        (results / "elsewhere").read_text()


def test_results_that_are_no_folder(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")

    with (
        pytest.raises(Missing, match="results cannot be written"),
        store.begin_run(tmp_path / "results", "bench"),
    ):
        pass


def test_runs_are_listed_oldest_first(results: Path) -> None:
    assert store.list_runs(results) == []
    for name in ("20261124T030000Z-a-000000", "20261123T230000Z-z-ffffff"):
        place(results, name)
    (results / "runs" / "notes.txt").write_text("")
    (results / "runs" / ".hidden").mkdir()

    assert store.list_runs(results) == ["20261123T230000Z-z-ffffff", "20261124T030000Z-a-000000"]


def test_a_run_is_found_by_name_beginning_or_path(results: Path) -> None:
    whole, longer = "20261124T020000Z-bench", "20261124T020000Z-bench-1a2b3c"
    place(results, whole)
    place(results, longer)
    place(results, "20261125T020000Z-smoke-aaaaaa")
    runs = results / "runs"

    assert store.find_run(results, "20261125") == runs / "20261125T020000Z-smoke-aaaaaa"
    assert store.find_run(results, longer) == runs / longer
    assert store.find_run(results, whole) == runs / whole
    assert store.find_run(results, str(runs / longer)) == runs / longer


def test_a_beginning_of_several_names_names_them(results: Path) -> None:
    place(results, RUN)
    place(results, "20261124T030000Z-bench-1a2b3c")

    with pytest.raises(UsageError, match="2 runs begin with '20261124'") as caught:
        store.find_run(results, "20261124")

    assert "20261124T020000Z-bench-1a2b3c, 20261124T030000Z-bench-1a2b3c" in caught.value.why


@pytest.mark.parametrize("run", ["2027", "", "/nowhere", "."])
def test_a_run_that_is_not_there(results: Path, run: str) -> None:
    with pytest.raises(UsageError, match="There is no run") as caught:
        store.find_run(results, run)
    assert caught.value.why == "there is none yet"

    place(results, RUN)
    place(results, "20261124T030000Z-bench-1a2b3c")
    with pytest.raises(UsageError) as caught:
        store.find_run(results, run or "x")
    assert "20261124T030000Z-bench-1a2b3c" in caught.value.why


def test_runs_before_the_latest(results: Path) -> None:
    place(results, "20261124T020000Z-bench-1a2b3c")
    place(results, "20261124T030000Z-smoke-aaaaaa")
    latest = commit(results)

    assert store.find_run(results, "latest~0").name == latest
    assert store.find_run(results, "latest~1").name == "20261124T030000Z-smoke-aaaaaa"
    assert store.find_run(results, "latest~2").name == "20261124T020000Z-bench-1a2b3c"
    with pytest.raises(UsageError, match="no run 3 before the latest") as caught:
        store.find_run(results, "latest~3")
    assert caught.value.why == "there are 3 in all"


@pytest.mark.parametrize("run", ["latest~", "latest~-1", "latest~x", "latest1"])
def test_words_that_are_nearly_latest(results: Path, run: str) -> None:
    commit(results)

    with pytest.raises(UsageError, match="There is no run"):
        store.find_run(results, run)


def test_a_group_is_all_its_runs(results: Path) -> None:
    place(results, "20261124T020000Z-bench-000001", group="before")
    place(results, "20261124T010000Z-bench-000002", group="before")
    place(results, "20261124T030000Z-bench-000003", group="after")
    place(results, "20261124T040000Z-bench-000004")
    (results / "runs" / "20261124T050000Z-bench-000005").mkdir()

    found = store.find_runs(results, "before")

    assert [folder.name[-6:] for folder in found] == ["000002", "000001"]
    assert store.find_run(results, "after") == results / "runs" / "20261124T030000Z-bench-000003"
    assert store.find_runs(results, "20261124T04") == (
        results / "runs" / "20261124T040000Z-bench-000004",
    )
    with pytest.raises(UsageError, match="'before' is a group of 2 runs"):
        store.find_run(results, "before")


@pytest.mark.parametrize("name", ["before", "v1.2_rc-3", "B", "x" * 64])
def test_names_of_groups(results: Path, name: str) -> None:
    store.check_group_name(results, name)
    store.check_group_name(results, store.create_group_name("bench"))


@pytest.mark.parametrize("name", ["", "latest", "2026", "a b", "../x", "latest~1", "x" * 65, "é"])
def test_names_that_no_group_may_have(results: Path, name: str) -> None:
    with pytest.raises(UsageError, match="A group cannot be called"):
        store.check_group_name(results, name)


def test_a_group_s_name_is_used_once(results: Path) -> None:
    place(results, RUN, group="before")

    with pytest.raises(UsageError, match="There is a group 'before' already") as caught:
        store.check_group_name(results, "before")
    assert RUN in caught.value.why


def test_no_latest(results: Path) -> None:
    with pytest.raises(UsageError, match="no latest run") as caught:
        store.find_run(results, "latest")
    assert caught.value.why == "there is none yet"


def test_latest_without_its_run_is_the_newest_that_is_left(results: Path) -> None:
    first, second = commit(results), commit(results)
    (results / "runs" / second).rename(results / "away")
    assert store.find_run(results, "latest").name == first

    (results / "runs" / first).rename(results / "gone")
    with pytest.raises(UsageError, match="no latest run"):
        store.find_run(results, "latest")


def copy_links_as_folders(results: Path) -> None:
    """As stores of artefacts do."""
    copied = shutil.copytree(results, results.parent / "copy", symlinks=False)
    shutil.rmtree(results)
    copied.rename(results)


def test_a_folder_in_place_of_the_link_is_mended(results: Path) -> None:
    first, second = commit(results, "a"), commit(results, "b")
    copy_links_as_folders(results)
    assert not (results / "latest").is_symlink()
    assert store.find_run(results, "latest") == results / "runs" / second
    assert store.find_run(results, "latest~1") == results / "runs" / first

    third = commit(results, "c")

    assert (results / "latest").readlink() == Path("runs", third)
    assert names(results) == ["latest", "runs"]


def lay_note(latest: Path) -> None:
    (latest / "notes.txt").write_text("mine")


def change_record(latest: Path) -> None:
    (latest / "result.json").write_text(example.result(run_id="other").model_dump_json())


def lay_file(latest: Path) -> None:
    shutil.rmtree(latest)
    latest.write_text("mine")


@pytest.mark.parametrize("change", [lay_note, change_record, lay_file])
def test_what_else_stands_in_place_of_the_link_is_kept(
    results: Path, change: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    commit(results, "a")
    copy_links_as_folders(results)
    change(results / "latest")

    run_id = commit(results, "b")

    kept = results / f"latest.before-{run_id}"
    assert kept.exists()
    assert f"It is {kept} now." in capsys.readouterr().err
    assert store.find_run(results, "latest").name == run_id


def test_a_run_is_kept_where_there_can_be_no_links(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    # As on vfat.
    monkeypatch.setattr(Path, "symlink_to", refuse)
    run_id = commit(results)
    assert names(results) == ["runs"]
    assert "latest cannot be made a link (Operation not permitted)" in capsys.readouterr().err
    assert store.find_run(results, "latest").name == run_id


def broken(results: Path, text: str) -> UsageError:
    folder = results / "runs" / "x"
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(text)
    with pytest.raises(UsageError, match=re.escape(str(folder / "result.json"))) as caught:
        store.read_result(folder)
    return caught.value


def test_a_record_that_is_cut_off(results: Path) -> None:
    text = example.result().model_dump_json(indent=2)

    assert re.search(r"line \d+ column \d+", broken(results, text[:5000]).why)


def test_a_record_with_a_wrong_value_names_its_place(results: Path) -> None:
    fields = json.loads(example.result().model_dump_json())
    fields["counts"]["by_type"]["login"]["presto"] = "many"
    del fields["drain_s"]

    why = broken(results, json.dumps(fields)).why

    assert "counts.by_type.login.presto: " in why
    assert "drain_s: Field required" in why


def test_text_that_looks_like_a_number_is_none(results: Path) -> None:
    fields = json.loads(example.result().model_dump_json())
    fields["seed"] = "1"

    assert "seed: " in broken(results, json.dumps(fields)).why


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b"\xff", b"[" * 200_000, b"1" * 5_000], ids=lambda text: text[:6]
)
def test_a_record_that_is_no_object(results: Path, text: bytes) -> None:
    folder = results / "runs" / "x"
    folder.mkdir(parents=True)
    (folder / "result.json").write_bytes(text)

    with pytest.raises(UsageError, match="is no run's record"):
        store.read_result(folder)


@pytest.mark.parametrize("version", [99, 0, -1, None, "2", []])
def test_a_record_of_another_schema(results: Path, version: object) -> None:
    fields = json.loads(example.result().model_dump_json())
    fields["schema_version"] = version

    why = broken(results, json.dumps(fields)).why

    assert f"schema version is {version}, and this harness knows 3 and those before" in why


def test_a_record_without_a_schema(results: Path) -> None:
    assert "schema_version" in broken(results, "{}").why


def test_a_folder_without_a_record(results: Path) -> None:
    with pytest.raises(UsageError, match="is no run's record"):
        store.read_result(results)
