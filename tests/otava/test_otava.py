"""Apache Otava finds in results/history.csv what a change has done.

It runs in an environment of its own, since it needs an older numpy than ours. That is made once,
which needs the network, and kept in .cache/.
"""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.record import history
from harness.system import venv
from harness.system.paths import ROOT
from tests.unit.harness.compare import runs
from tests.unit.harness.record import example

DOCUMENT = ROOT / "docs" / "compare.md"
LOCK = Path(__file__).with_name("requirements.txt")
RUNS, CHANGED = 30, 18

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="session")
def otava() -> Path:
    """The interpreter that has Otava."""
    key = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    folder = ROOT / ".cache" / f"otava-{sys.implementation.cache_tag}-{key}"
    python, stamp = folder / "bin" / "python", folder / "stamp"
    if not stamp.exists():
        venv.run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)], "venv")
        # uv would not heed the certificates and the index of pip's own settings.
        pip = (sys.executable, "-m", "pip")
        install = (*pip, f"--python={python}", "install", "--quiet", "--require-hashes")
        venv.run([*install, f"--requirement={LOCK}"], "pip", settings=venv.read_pip_settings(pip))
        stamp.touch()
    return python


def make(results: Path, profile: str = "bench", unmeasured: int = 0) -> list[str]:
    """Enters runs into the history, each with some noise; their ids.

    From the one called CHANGED on an event takes a fifth longer. The first ones did not measure
    what an event costs.
    """
    noise = 1 + np.random.default_rng(1).normal(0, 0.02, RUNS)
    made = []
    for number in range(RUNS):
        cost = None if number < unmeasured else example.event_cost()
        longer = 1.2 if number >= CHANGED else 1.0
        made.append(runs.make(number, 2700 / longer * noise[number], profile=profile, cost=cost))
    runs.keep(results, made)
    history.update_history(results)
    return [run.run_id for run in made]


def analyse(otava: Path, results: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Otava in the folder that `results` is in, set up as docs/compare.md says."""
    (config,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (results.parent / "otava.yaml").write_text(config, encoding="utf-8")
    command = (otava, "-m", "otava.main", "analyze", "pipeline", "--config-file=otava.yaml")
    return subprocess.run(
        [*command, "--output=json", *arguments],
        cwd=results.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def found(said: subprocess.CompletedProcess[str]) -> list[tuple[str, list[str]]]:
    """The runs at which something changed, and the metrics that did."""
    assert said.returncode == 0, said
    assert "ERROR" not in said.stderr, said
    return [
        (point["attributes"]["run_id"], [change["metric"] for change in point["changes"]])
        for point in json.loads(said.stdout)["pipeline"]
    ]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


def test_it_names_the_run_from_which_events_took_longer(otava: Path, results: Path) -> None:
    made = make(results)

    assert found(analyse(otava, results)) == [(made[CHANGED], ["queryable_per_s"])]


def test_a_withdrawn_run_is_none_of_its(otava: Path, results: Path) -> None:
    made = make(results)
    history.withdraw_runs(results, made[CHANGED:], "the disk was full")

    assert found(analyse(otava, results)) == []


def test_what_some_runs_did_not_measure_does_not_hinder_the_rest(
    otava: Path, results: Path
) -> None:
    made = make(results, unmeasured=3)

    assert found(analyse(otava, results)) == [(made[CHANGED], ["queryable_per_s"])]


def test_it_mixes_no_runs_of_different_conditions(otava: Path, results: Path) -> None:
    made = make(results)
    make(results / "smoke", profile="smoke")
    rows = (results / "smoke" / "history.csv").read_text(encoding="utf-8").splitlines()[1:]
    with (results / "history.csv").open("a", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    branches = {entry.profile: entry.branch for entry in history.read_entries(results)}

    assert "data from multiple branches" in analyse(otava, results).stderr
    chosen = analyse(otava, results, "--branch", branches["bench"])
    assert found(chosen) == [(made[CHANGED], ["queryable_per_s"])]
