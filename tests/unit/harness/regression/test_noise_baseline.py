"""The noise of a host is recorded pair by pair, and kept apart from all else."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.compare import sequential, simulation
from harness.config.model import MarkSettings
from harness.errors import InvalidRun, UsageError
from harness.record import noise_record as record
from harness.record.models import Result
from harness.record.noise_record import Baseline
from harness.regression import noise_baseline as baseline
from harness.regression.pairs import Pairs
from harness.regression.worktree import NOBODY
from harness.report.pages import noise_page as page
from harness.report.render import markdown
from harness.system.progress import Display, Stage
from tests.unit.harness.record import example
from tests.unit.harness.regression.test_check import FakeCheckout, run_of, steady


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / "web.py").touch()
    for arguments in (["init", "--quiet"], ["add", "-A"], ["commit", "--quiet", "-m", "1"]):
        subprocess.run(["git", "-C", root, *arguments], check=True, env=NOBODY)
    return root


class Sittings:
    """Records sittings of runs that are told beforehand."""

    def __init__(self, root: Path, results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.results = results
        self.commits: list[dict[str, str]] = []
        self.head = steady()

        @contextmanager
        def open_pairs(_repository: Any, commits: dict[str, str], *rest: Any) -> Iterator[Pairs]:
            self.commits.append(commits)
            sides: Any = [FakeCheckout("base", steady()), FakeCheckout("head", self.head)]
            yield Pairs(rest[1], sides, Stage("baseline"), MarkSettings())

        monkeypatch.setattr(baseline, "open_pairs", open_pairs)

    def sit(self) -> Baseline:
        display = Display(Console(file=StringIO()))
        return baseline.record_sitting(
            self.root, self.root / ".work", self.results, {}, MarkSettings(), display
        )


@pytest.fixture
def sittings(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sittings:
    return Sittings(root, tmp_path / "results", monkeypatch)


def test_a_sitting_is_of_the_working_tree_twice(sittings: Sittings) -> None:
    made = sittings.sit()

    (commits,) = sittings.commits
    assert commits["base"] == commits["head"] == made.sittings[0].commit
    assert len(made.sittings[0].pairs) == sequential.MOST
    assert record.find_baseline(sittings.results, made.series) == made
    assert made.conditions["environment.host.fingerprint"] == "ecb3aef9b10b"


def test_sittings_add_up(sittings: Sittings) -> None:
    first, second = sittings.sit(), sittings.sit()

    assert first.series == second.series
    assert second.sittings[0] == first.sittings[0]
    assert len(second.sittings) == 2
    assert len(second.noise(["queryable_per_s"]).pairs) == 2 * sequential.MOST


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), None])
def test_pairs_before_an_interrupt_or_a_fault_are_kept(
    ending: BaseException | None, sittings: Sittings
) -> None:
    def head() -> Iterator[Result]:
        yield run_of()
        yield run_of()
        if ending is not None:
            raise ending
        yield example.result(status="invalid", reasons=("events in doubt: 3",))

    sittings.head = head()
    with pytest.raises((KeyboardInterrupt, InvalidRun)):
        sittings.sit()
    (file,) = (sittings.results / "baselines").glob("*.json")
    assert [len(sitting.pairs) for sitting in record.read_baseline(file).sittings] == [2]


def test_other_conditions_have_a_baseline_of_their_own(sittings: Sittings) -> None:
    budget = example.result().budget.model_copy(update={"vcpu": 1.0})
    one = sittings.sit()
    sittings.head = (run_of(budget=budget) for _ in count())
    with pytest.raises(Exception, match="under other conditions") as raised:
        sittings.sit()
    assert "budget.vcpu: " in str(raised.value)
    assert record.find_baseline(sittings.results, one.series) == one


def test_noise_is_the_logarithm_of_head_by_base(sittings: Sittings) -> None:
    sittings.head = (run_of(1.25 if number == 0 else 1.0) for number in count())
    noise = sittings.sit().noise(["cpu_s_per_1000_events", "queryable_per_s"])

    assert noise.pairs[0] == pytest.approx(
        {"cpu_s_per_1000_events": 0.2231, "queryable_per_s": -0.2231}, abs=1e-4
    )
    assert noise.pair_s > 0


def test_there_is_none(tmp_path: Path) -> None:
    assert record.find_baseline(tmp_path, "bench-1a2b3c4d") is None


@pytest.mark.parametrize("text", ["", "{}", '{"series": 7}'])
def test_what_is_no_baseline(text: str, tmp_path: Path) -> None:
    there = tmp_path / "bench.json"
    there.write_text(text)
    with pytest.raises(UsageError, match="is no baseline"):
        record.read_baseline(there)


def test_without_a_pair_there_is_no_noise() -> None:
    empty = Baseline(series="bench-1", conditions={}, sittings=())
    with pytest.raises(UsageError, match="has no pair"):
        empty.noise(["queryable_per_s"])


class TestPage:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(simulation, "CHECKS", 400)
        monkeypatch.setattr(simulation, "RESAMPLES", 20)

    def test_quiet_hosts_keep_the_promise(self, sittings: Sittings) -> None:
        text = markdown.render_report(page.create_noise_page(sittings.sit()))

        assert "12 pairs of runs of equal code in 1 sittings" in text
        assert text.count("as promised") == 2
        assert "NOT KEPT" not in text
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert [row.split("|")[1].strip() for row in rows[2:8]] == [
            *("0 %", "5 %", "10 %", "15 %", "20 %", "30 %")
        ]

    def test_noisy_ones_do_not(self, sittings: Sittings) -> None:
        wild = (1.0, 1.6, 0.7, 1.3, 0.8)
        sittings.head = (run_of(wild[number % len(wild)]) for number in count())
        text = markdown.render_report(page.create_noise_page(sittings.sit()))

        assert "THE PROMISE IS NOT KEPT: over 95 %" in text
