"""Every command of README.md and docs/compare.md, typed as it stands there."""

import csv
import re
from collections.abc import Collection, Iterable
from pathlib import Path

import pytest

from harness.compare.comparison import Comparison
from harness.config import layers
from harness.record import history, store
from harness.system.paths import ROOT
from harness.system.verbs import VERBS
from tests.pipeline.repository import Repository, Said, Whole

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMPARE = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
EVENTS = 42_452
BY_TYPE = {
    "create_profile": 367,
    "login": 14_118,
    "menu_search": 11_117,
    "new_user": 1_000,
    "order_food": 4_726,
    "post_rating": 8_700,
    "post_review": 2_424,
}
BY_TABLE = {"menu_app_events": 37_726, "menu_app_orders": 4_726}

NOT_RUN = {
    "make test": "it is what runs this",
    "make all": "a test of its own",
    "make open": "it opens a browser",
    "make faults": "half an hour; three of them are tests of their own",
    "make squeeze": "some ten runs",
    "make check BASE=HEAD": "tests of its own; the copy is no checkout",
    "make baseline": "some 20 minutes",
    "make clean": "a test of its own: nothing would be left for the others",
}


def commands(page: str = README) -> list[str]:
    """The command lines of all blocks, in their order, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    lines = (re.sub(r"\s+# .*$", "", line) for block in blocks for line in block.splitlines())
    return [line for line in lines if line.strip()]


def type_in(repository: Repository, page: str, without: Collection[str] = ()) -> dict[str, Said]:
    """Types a page's commands in their order; each must end well."""
    # The ports may be others, and a share of the load, fewer runs and shorter ones are enough.
    environment = repository.environment(
        BENCH_LOAD__FRACTION="0.02",
        PYTEST_ADDOPTS="--benchmark-max-time=0.01 --benchmark-min-rounds=1",
    )
    said: dict[str, Said] = {}
    for command in commands(page):
        if command in without:
            continue
        typed = command.replace("127.0.0.1:5000", repository.addresses.web)
        typed = typed.replace("REPEAT=5", "REPEAT=2")
        said[command] = repository.run(typed, environment=environment)
        assert said[command].code == 0, f"{typed}: {said[command]}"
    return said


def test_commands_are_there() -> None:
    assert commands().count("make all") == 1
    assert len(commands()) >= 10
    assert NOT_RUN.keys() <= {*commands()}


def test_verbs_that_the_text_names_are_there() -> None:
    named = {*re.findall(r"`make (?:-\w+ )*(\w+)", README + COMPARE)}
    assert named
    assert named <= VERBS.keys()


def test_settings_that_the_text_names_are_there() -> None:
    named = re.findall(r'SET="([^"]+)"', README)
    variables = re.findall(r"`BENCH_(\w+)=(\w+)`", README)
    assert named
    assert variables
    for settings in named:
        assert layers.load_config("bench", settings.split()) != layers.load_config("bench")
    for name, value in variables:
        changed = layers.load_config("bench", environment={f"BENCH_{name}": value})
        assert changed != layers.load_config("bench", environment={})


@pytest.mark.timeout(900)
def test_all_sends_everything_and_leaves_nothing(whole: Whole) -> None:
    assert whole.result.status == "valid"
    assert whole.result.counts is not None
    counts = whole.result.counts
    rungs = (counts.sent, counts.accepted, counts.kafka, counts.parquet, counts.presto)
    assert rungs == (EVENTS,) * 5
    for split, expected in ((counts.by_type, BY_TYPE), (counts.by_table, BY_TABLE)):
        found = {
            name: (rung.sent, rung.accepted, rung.parquet, rung.presto)
            for name, rung in split.items()
        }
        assert found == {name: (number,) * 4 for name, number in expected.items()}
    assert whole.left == []


@pytest.mark.timeout(900)
def test_commands_in_their_order(alone: Repository) -> None:
    said = type_in(alone, README, NOT_RUN)
    assert re.search(r"^all +- +100 ", said["make verify"].out, re.MULTILINE)
    (answer,) = (one.out for command, one in said.items() if command.startswith("make -s sql"))
    assert answer == '"login","100"\n'
    assert alone.left() == []
    # The last of its runs kept what was there, and went on from it.
    before, kept = (alone.result(name).counts for name in alone.runs()[-2:])
    assert before is not None
    assert kept is not None
    assert before.presto is not None
    assert (kept.presto, kept.missing, kept.duplicate) == (before.presto + 19, 0, 0)


@pytest.mark.timeout(900)
def test_commands_of_comparing(standing: Repository) -> None:
    said = type_in(standing, COMPARE)
    compared = said["make compare A=before B=after"].out
    assert re.search(r"^events per second .* too few runs$", compared, re.MULTILINE)
    assert re.search(r"^config\.app\.publish +acknowledged +queued$", compared, re.MULTILINE)
    rows = [
        *csv.DictReader(said["make -s compare A=latest~1 B=latest FORMAT=csv"].out.splitlines())
    ]
    check_undecided(row["verdict"] for row in rows)
    assert re.search(r"^bench: \d+ runs of bench-", said["make history"].out, re.MULTILINE)
    latest = standing.result()
    assert latest.group == "after"
    assert [*history.read_withdrawals(standing.results)] == [latest.run_id]
    # Its runs were of an app that does not wait for Kafka; those that follow are not.
    said_up = standing.harness("up")
    assert said_up.code == 0, said_up
    assert standing.standing()
    assert "Group before: 2 of 2 runs valid\n" in said["make bench REPEAT=5 GROUP=before"].out
    check_alike(standing, "before")


def check_undecided(verdicts: Iterable[str]) -> None:
    """Nothing is concluded; so short a load may end between two looks at the load tool."""
    assert {*verdicts} - {"not measured"} == {"too few runs"}


def check_alike(standing: Repository, group: str) -> None:
    """The runs of a group began alike, and nothing is concluded from so few."""
    runs = [store.read_result(folder) for folder in store.find_runs(standing.results, group)]
    assert [(run.group, run.status) for run in runs] == [(group, "valid")] * 2
    for run in runs:
        assert run.counts is not None
        assert run.load is not None
        assert run.counts.presto == run.counts.sent == run.load.requests
    entries = {entry.run_id: entry for entry in history.read_entries(standing.results)}
    assert {entries[run.run_id].group for run in runs} == {group}
    assert len({entries[run.run_id].branch for run in runs}) == 1

    said = standing.harness("compare", *(run.run_id for run in runs), "--format", "json")
    assert said.code == 0, said
    made = Comparison.model_validate_json(said.out)
    assert made.differences == ()
    check_undecided(row.verdict for row in made.rows)

    again = standing.harness("smoke", "--group", group)
    assert again.code == 2, again
    assert f"There is a group '{group}' already." in again.err


def test_doctor_finds_everything(repository: Repository) -> None:
    said = repository.run("make doctor")
    assert said.code == 0, said
    assert "missing" not in said.out


@pytest.fixture
def other(tmp_path: Path) -> Repository:
    """Another copy, with jars of its own and one run."""
    copy = Repository(tmp_path / "another repository")
    (copy.root / ".cache").unlink()
    (copy.root / ".cache" / "jars").mkdir(parents=True)
    (copy.results / "runs" / "one").mkdir(parents=True)
    (copy.root / "harness" / "__pycache__").mkdir(exist_ok=True)
    return copy


def test_clean_leaves_sources_and_results(other: Repository) -> None:
    said = other.run("make clean")
    assert said.code == 0, said
    there = {path.name for path in other.root.iterdir()}
    assert {"harness", "results", "Makefile"} <= there
    assert not {".cache", ".venv", ".work"} & there
    assert other.runs() == ["one"]
    assert not (other.root / "harness" / "__pycache__").exists()
    # What the link leads to is the original's.
    assert (ROOT / ".venv" / "lib").is_dir()
