"""The calls in their order, with a stand-in for ab that behaves as its recorded outputs do."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from harness.config import model
from harness.config.load_plan import PlannedCall
from harness.load import sequence
from harness.load.result import LoadResult

RECORDED = Path(__file__).parent / "recorded"
LOAD = model.LoadSettings(concurrency=64)
CALLS = (
    PlannedCall("/login", 12, "login", "login"),
    PlannedCall("/login0", 12, "login0", "login"),
    PlannedCall("/new_user", 1, "new_user", "new_user"),
)

# Which recorded call it replays is said by the file `script`: one line a path.
STAND_IN = f"""#!/bin/sh
folder=$(dirname "$0")
recorded="{RECORDED}"
while [ $# -gt 1 ]; do
    case "$1" in -e) csv="$2";; -g) tsv="$2";; esac
    shift
done
path="/${{1##*/}}"
echo "$path" >> "$folder/calls"
read -r name code <<END
$(sed -n "s|^$path ||p" "$folder/script")
END
[ "$name" = hang ] && exec sleep 60
cat "$recorded/$name.out"
[ -e "$recorded/$name.err" ] && cat "$recorded/$name.err" >&2
if [ -e "$recorded/$name.csv" ]; then
    cp "$recorded/$name.csv" "$csv"
    cp "$recorded/$name.tsv" "$tsv"
fi
exit "$code"
"""


class HaltError(Exception):
    """What a watcher raises."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the stand-in first on the PATH, and a space in its name."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "ab").write_text(STAND_IN)
    (folder / "ab").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    script(folder, login="good 0", login0="good 0", new_user="single 0")
    return folder


def script(folder: Path, **calls: str) -> None:
    (folder / "script").write_text("".join(f"/{path} {how}\n" for path, how in calls.items()))


def made(folder: Path) -> list[str]:
    return (folder / "calls").read_text().split()


def send(folder: Path, load: model.LoadSettings = LOAD) -> LoadResult:
    return sequence.send(CALLS, load, 24099, folder / "ab files", lambda *_: None)


def test_every_call_is_made_in_order(folder: Path) -> None:
    before = time.monotonic()

    sent = send(folder)

    assert made(folder) == ["/login", "/login0", "/new_user"]
    assert sent.reasons == ()
    assert (sent.record.requests, sent.record.succeeded) == (25, 25)
    assert (sent.record.failed, sent.record.non_2xx) == (0, 0)
    assert (sent.record.tool, sent.record.loop, sent.record.connections) == ("ab", "closed", 64)
    assert sent.count_by_type() == {"login": 24, "new_user": 1}
    assert before <= sent.started < sent.ended <= time.monotonic()
    assert sent.record.duration_s == sent.ended - sent.started
    assert sent.record.duration_s >= sum(call.duration_s or 0 for call in sent.record.calls)
    assert sent.cpu_s > 0


def test_latencies_of_all_calls(folder: Path) -> None:
    sent = send(folder)

    points = (RECORDED / "good.csv").read_text().splitlines() + (
        RECORDED / "single.csv"
    ).read_text().splitlines()
    slowest = max(float(line.split(",")[1]) for line in points if line[0].isdigit())
    assert len(sent.latency_ms) == 25
    assert sent.latency_ms.max() == slowest


def test_progress_goes_from_call_to_call(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []

    sequence.send(CALLS, LOAD, 24099, folder, lambda *progress: told.append(progress))

    ends = [progress for progress in told if progress[1] in (12, 24, 25)]
    assert list(dict.fromkeys(ends)) == [
        ("/login", 12, 25),
        ("/login0", 24, 25),
        ("/new_user", 25, 25),
    ]


def test_bad_answers_are_counted_and_the_load_goes_on(folder: Path) -> None:
    script(folder, login="status 0", login0="length 0", new_user="single 0")
    calls = (
        PlannedCall("/login", 200, "login", "login"),
        PlannedCall("/login0", 200, "login0", "login"),
        CALLS[2],
    )
    for name in ("status", "length"):
        assert not (RECORDED / f"{name}.csv").exists()
    # Their latencies are of no matter here: those of any call will do.
    stand_in = folder / "ab"
    stand_in.write_text(STAND_IN.replace("$name.csv", "good.csv").replace("$name.tsv", "good.tsv"))

    sent = sequence.send(calls, LOAD, 24099, folder, lambda *_: None)

    assert len(made(folder)) == 3
    assert (sent.record.succeeded, sent.record.failed, sent.record.non_2xx) == (
        169 + 183 + 1,
        17,
        48,
    )
    assert [reason.partition(":")[0] for reason in sent.reasons] == [
        "of 200 requests for /login",
        "of 200 requests for /login0",
    ]


def test_a_call_that_died_is_the_last(folder: Path) -> None:
    script(folder, login="good 0", login0="refused 111", new_user="single 0")

    sent = send(folder)

    assert made(folder) == ["/login", "/login0"]
    assert (sent.record.requests, sent.record.succeeded, sent.record.failed) == (25, 12, 12)
    assert sent.count_by_type() == {"login": 12}
    assert sent.reasons[0].startswith("ab did not finish /login0: exit code 111")
    assert sent.reasons[1] == "1 of 3 calls were not made"
    assert len(sent.latency_ms) == 12


def test_counts_of_an_ab_that_ended_with_an_error_are_not_believed(folder: Path) -> None:
    script(folder, login="good 1")

    sent = send(folder)

    assert sent.record.succeeded == 0
    assert sent.reasons[0].startswith("ab did not finish /login: exit code 1")


def test_a_load_without_an_answer_has_no_latency(folder: Path) -> None:
    script(folder, login="refused 111")

    sent = send(folder)

    assert sent.latency_ms.dtype == np.float64
    assert len(sent.latency_ms) == 0


def test_a_load_that_hangs_is_ended_at_its_deadline(folder: Path) -> None:
    script(folder, login="good 0", login0="hang")

    sent = send(folder, model.LoadSettings(timeout_s=0.5))

    assert "the time for the load ran out" in sent.reasons[0]
    assert sent.record.duration_s < 5


def test_what_the_watcher_raises_ends_the_load(folder: Path) -> None:
    script(folder, login="hang")

    def watch(*_: object) -> None:
        raise HaltError

    with pytest.raises(HaltError):
        sequence.send(CALLS, LOAD, 24099, folder, watch)
    assert made(folder) == ["/login"]
