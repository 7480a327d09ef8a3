"""A check over sides whose runs are told beforehand: no service is started."""

import stat
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from itertools import count, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from harness.compare import sequential
from harness.config.model import MarkSettings
from harness.errors import Inconclusive, InvalidRun, UsageError
from harness.record.check_record import CheckRecord, LimitOutcome, PairOfRuns, Rates
from harness.record.models import MarkName, Result, Throughput
from harness.regression import check, pairs
from harness.regression.pairs import Pairs
from harness.regression.worktree import NOBODY
from harness.report.pages import check_page as page
from harness.report.render import markdown
from harness.system.progress import Display, Stage
from tests.unit.harness.record import example

NUMBERS = count()


def run_of(slower: float = 1.0, **changes: Any) -> Result:
    """The record of a run that took so many times as long, and as much CPU."""
    cost = example.event_cost()
    services = cost.cpu_s_per_1000_events_by_service
    return example.result(
        run_id=f"run-{next(NUMBERS)}",
        throughput=Throughput(accepted_per_s=3000 / slower, queryable_per_s=2700 / slower),
        cost=cost.model_copy(
            update={
                "cpu_s_per_1000_events": cost.cpu_s_per_1000_events * slower,
                "cpu_s_per_1000_events_by_service": services | {"web": services["web"] * slower},
            }
        ),
        **changes,
    )


class FakeCheckout:
    """A side whose runs are those it was given."""

    def __init__(self, name: str, runs: Iterator[Result]) -> None:
        self.name = name
        self.runs = runs
        self.log = Path(f"{name}.log")
        self.kept: list[Path] = []

    @contextmanager
    def start_bench(self) -> Iterator[Any]:
        yield SimpleNamespace(poll=lambda: 0, returncode=0)

    def collect_run(self, folder: Path, code: int) -> Result:
        assert code == 0
        self.kept.append(folder)
        return next(self.runs)


def pairs_of(tmp_path: Path, base: Iterator[Result], head: Iterator[Result]) -> Pairs:
    sides: Any = [FakeCheckout("base", base), FakeCheckout("head", head)]
    return Pairs(tmp_path, sides, Stage("check"), MarkSettings())


def steady(slower: float = 1.0) -> Iterator[Result]:
    return (run_of(slower * noise) for noise in noises())


def marked_at(*numbers: int) -> Iterator[Result]:
    for number, run in enumerate(steady()):
        marks: dict[MarkName, str] = {"generator": "it was late"} if number in numbers else {}
        yield run.model_copy(update={"marks": marks})


def noises() -> Iterator[float]:
    return (1 + 0.002 * (number % 3) for number in count())


def record(status: Any, pairs: Sequence[PairOfRuns], **changes: Any) -> CheckRecord:
    fields: dict[str, Any] = {
        "check_id": "check-1",
        "status": status,
        "why": "",
        "profile": "bench",
        "base_commit": "a" * 40,
        "head_commit": "b" * 40,
        "started_utc": example.result().started_utc,
        "duration_s": 400.0,
        "differing": ("app/web.py",),
        "pairs": tuple(pairs),
        "confirmation": (),
        "judgements": check.judge_metrics(pairs),
    }
    return CheckRecord(**{**fields, **changes})


class TestJudge:
    def test_equals_are_fine_after_three_pairs(self, tmp_path: Path) -> None:
        source = pairs_of(tmp_path, steady(), steady())
        status, batches = check.judge_pairs(source)

        assert status == "fine"
        assert [len(batch) for batch in batches] == [3]
        for side in source.checkouts.values():
            kept: Any = side
            assert len(kept.kept) == 3

    def test_a_regression_is_confirmed(self, tmp_path: Path) -> None:
        source = pairs_of(tmp_path, steady(), steady(1.2))
        status, batches = check.judge_pairs(source)

        assert status == "regression"
        assert [len(batch) for batch in batches] == [3, 3]

    def test_one_that_is_not_seen_again_is_none(self, tmp_path: Path) -> None:
        head = (run_of(1.2 if number < 3 else 1.0) for number in count())
        source = pairs_of(tmp_path, steady(), head)
        status, batches = check.judge_pairs(source)

        assert status == "inconclusive"
        assert [len(batch) for batch in batches] == [3, 3]

    def test_marked_pairs_are_kept_apart_and_made_anew(self, tmp_path: Path) -> None:
        source = pairs_of(tmp_path, steady(), marked_at(0, 2))
        status, batches = check.judge_pairs(source)

        assert status == "fine"
        assert [len(batch) for batch in batches] == [3]
        assert source.made == 5
        assert [pair.marks for pair in source.apart] == 2 * [("generator: head: it was late",)]
        shown = page.create_check_page(record(status, batches[0], apart=tuple(source.apart)))
        assert "3 pairs, 2 more marked and left out, of profile bench" in shown.summary
        assert len(shown.reasons) == 2
        assert shown.reasons[0].endswith(", generator: head: it was late")

    def test_marked_pairs_count_where_they_are_asked_for(self, tmp_path: Path) -> None:
        source = pairs_of(tmp_path, steady(), marked_at(0, 2))
        status, batches = check.judge_pairs(source, marked=True)

        assert status == "fine"
        assert (source.made, source.apart) == (3, [])
        assert [bool(pair.marks) for pair in batches[0]] == [True, False, True]

    def test_marked_pairs_alone_settle_nothing(self, tmp_path: Path) -> None:
        source = pairs_of(tmp_path, steady(), marked_at(*range(20)))
        times = iter([True] * 5 + [False])
        source.has_time = lambda: next(times)  # type: ignore[method-assign]
        status, batches = check.judge_pairs(source)

        assert (status, batches) == ("inconclusive", [[]])
        assert len(source.apart) == 5

    def test_noise_is_inconclusive(self, tmp_path: Path) -> None:
        head = (run_of(1.5 if number % 2 else 0.7) for number in count())
        source = pairs_of(tmp_path, steady(), head)
        status, batches = check.judge_pairs(source)

        assert status == "inconclusive"
        assert [len(batch) for batch in batches] == [12]

    def test_another_load_is_no_change_of_speed(self, tmp_path: Path) -> None:
        load = example.load().model_copy(update={"connections": 32})
        source = pairs_of(tmp_path, steady(), repeat(run_of(load=load)))

        with pytest.raises(Inconclusive, match="under other conditions") as raised:
            check.judge_pairs(source)
        assert "load.connections: " in raised.value.why

    def test_what_has_a_limit_must_be_measured(self, tmp_path: Path) -> None:
        source = pairs_of(tmp_path, repeat(run_of().model_copy(update={"cost": None})), steady())

        with pytest.raises(Inconclusive, match="not measured") as raised:
            check.judge_pairs(source)
        assert raised.value.why == "cpu_s_per_1000_events"

    def test_each_side_goes_first_at_times(self, tmp_path: Path) -> None:
        head = (run_of(1.5 if number % 2 else 0.7) for number in count())
        source = pairs_of(tmp_path, steady(), head)
        batches = [batch for _ in range(5) for batch in check.judge_pairs(source)[1]]

        assert {pair.first for batch in batches for pair in batch} == {"base", "head"}

    @pytest.mark.parametrize(("side", "error"), [("head", InvalidRun), ("base", Inconclusive)])
    def test_a_run_that_is_not_valid_ends_it(
        self, side: str, error: type[Exception], tmp_path: Path
    ) -> None:
        invalid = example.result(status="invalid", reasons=("events in doubt: 3",))
        runs = {"base": steady(), "head": steady(), side: repeat(invalid)}

        with pytest.raises(error, match=f"A run of {side} is not valid"):
            check.judge_pairs(pairs_of(tmp_path, runs["base"], runs["head"]))

    def test_no_pair_is_begun_after_the_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pairs, "LONGEST_S", -1.0)
        source = pairs_of(tmp_path, steady(), steady())
        status, batches = check.judge_pairs(source)

        assert status == "inconclusive"
        assert batches == [[]]


class TestPages:
    def test_the_service_that_takes_more_comes_first(self, tmp_path: Path) -> None:
        source = pairs_of(tmp_path, steady(), steady(1.2))
        _, batches = check.judge_pairs(source)
        text = markdown.render_report(page.create_check_page(record("regression", batches[0])))

        assert "OVER THE LIMIT" in text
        services = text.partition("CPU time by service")[2].partition("Other metrics")[0]
        first = next(line for line in services.splitlines() if "cpu_s_per_1000_events." in line)
        assert "cpu_s_per_1000_events.web " in first
        assert "1.2" in first

    @pytest.mark.parametrize(
        ("status", "slower", "tag"), [("regression", 1.2, "failure"), ("fine", 1.0, None)]
    )
    def test_junit_has_a_case_a_limit(
        self, status: str, slower: float, tag: str | None, tmp_path: Path
    ) -> None:
        source = pairs_of(tmp_path, steady(), steady(slower))
        _, batches = check.judge_pairs(source)
        suite = ElementTree.fromstring(page.render_junit(record(status, batches[0])))

        names = {case.get("name") for case in suite}
        assert names == {limit.metric for limit in sequential.list_limits()}
        assert {child.tag for case in suite for child in case} == ({tag} if tag else set())

    def test_the_error_rates_of_this_host_stand_in_a_line(self, tmp_path: Path) -> None:
        source = pairs_of(tmp_path, steady(), steady())
        status, batches = check.judge_pairs(source)
        rates = tuple(
            Rates(
                slowdown=slowdown,
                regression=regression,
                low=0.0,
                high=high,
                fine=1 - regression,
                inconclusive=0.0,
                pairs=4.0,
                recorded=24,
            )
            for slowdown, regression, high in ((0.0, 0.001, 0.012), (0.15, 0.8, 1.0))
        )
        (pairs_,) = batches
        with_baseline = markdown.render_report(
            page.create_check_page(record(status, pairs_, rates=rates))
        )

        assert (
            "By 24 recorded pairs of equal code, a check here fails 0.1 % of changes that change"
            " nothing (as promised: under 2 %) and 80.0 % of those that are 15 % slower"
            " (THE PROMISE IS NOT KEPT: over 95 %)." in with_baseline
        )
        assert "recorded pairs" not in markdown.render_report(
            page.create_check_page(record(status, pairs_))
        )

    def test_what_is_open_is_skipped(self, tmp_path: Path) -> None:
        source = pairs_of(tmp_path, steady(), steady())
        _, batches = check.judge_pairs(source)
        suite = ElementTree.fromstring(page.render_junit(record("inconclusive", batches[0][:1])))

        assert [child.tag for case in suite for child in case] == ["skipped", "skipped"]


class TestRun:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = tmp_path / "repository"
        (root / "docs").mkdir(parents=True)
        (root / "docs" / "x.md").write_text("one\n")
        for arguments in (["init", "--quiet"], ["add", "-A"], ["commit", "--quiet", "-m", "1"]):
            subprocess.run(["git", "-C", root, *arguments], check=True, env=NOBODY)
        return root

    def run(self, root: Path, base: str) -> CheckRecord:
        display = Display(Console(file=StringIO()))
        return check.run_check(
            root, root / ".work", root / "results", base, "bench", {}, MarkSettings(), display
        )

    def test_needs_no_run_where_only_documentation_differs(self, root: Path) -> None:
        (root / "docs" / "x.md").write_text("two\n")
        (root / ".gitignore").write_text("/results/\n")
        made = self.run(root, "HEAD")

        assert (made.status, made.pairs, made.judgements) == ("fine", (), ())
        folder = root / "results" / "checks" / made.check_id
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        text = (folder / "check.json").read_bytes()
        assert CheckRecord.model_validate_json(text) == made
        assert "nothing that is measured differs" in page.create_check_page(made).summary

    def test_unknown_commit(self, root: Path) -> None:
        with pytest.raises(UsageError, match="no commit 'nowhere'"):
            self.run(root, "nowhere")


def test_judgements_of_a_limit_say_their_outcome() -> None:
    pairs = [
        PairOfRuns(
            first="base",
            base_run="1",
            head_run="2",
            base={"cpu_s_per_1000_events": 0.5, "drain_s": 1.0, "throttled_s": 0.0},
            head={"cpu_s_per_1000_events": 0.6 * noise, "drain_s": 0.5, "throttled_s": 0.0},
        )
        for noise in (1.0, 1.001, 0.999)
    ]
    cpu, drain = check.judge_metrics(pairs)

    assert (cpu.metric, cpu.limit, cpu.outcome) == (
        "cpu_s_per_1000_events",
        1.05,
        LimitOutcome.REGRESSION,
    )
    assert cpu.harm == pytest.approx(1.2, rel=0.01)
    # Of no limit, and twice as good; what is 0 has no ratio.
    assert (drain.metric, drain.limit, drain.outcome, drain.harm) == ("drain_s", None, None, 0.5)
