"""A results folder with runs of every kind, a comparison and a check, and their pages."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.compare import comparison
from harness.record import history, metrics
from harness.record.check_record import CheckRecord, PairOfRuns
from harness.record.models import Result
from harness.regression import check
from harness.report.pages import results_folder
from tests.unit.harness.compare import runs
from tests.unit.harness.record import example

MARKUP = "<script>alert(1)</script> is missing"
SLOWER = 1.2


def fill(results: Path, number: int = 40) -> list[Result]:
    """Keeps so many runs, ten of them in two groups, of which the second is slower."""
    noise = random.Random(1)
    made = [run(position, noise, **_kind(position, number)) for position in range(number)]
    runs.keep(results, made)
    for one in made[:5]:
        (results / "runs" / one.run_id / "report.html").write_text("A page.", encoding="utf-8")
    results_folder.refresh_pages(results)
    history.withdraw_runs(results, [made[0].run_id], "a backup ran meanwhile")
    results_folder.refresh_pages(results, is_withdrawn=True)
    return made


def compare(results: Path) -> Path:
    """The page of the two groups beside each other."""
    a, b = (comparison.choose(results, name) for name in ("before", "after"))
    return results_folder.write_comparison_pages(results, comparison.compare(a, b, anyway=False))


def run(position: int, noise: random.Random, slower: float = 1.0, **changes: Any) -> Result:
    """The record of a run whose figures are a few per cent from those of any other."""
    by = slower * noise.gauss(1, 0.03)
    cost = example.event_cost()
    spent = {
        name: value * by * noise.gauss(1, 0.04)
        for name, value in cost.cpu_s_per_1000_events_by_service.items()
    }
    changed = cost.model_copy(
        update={
            "cpu_s_per_1000_events": sum(spent.values()),
            "cpu_s_per_1000_events_by_service": spent,
        }
    )
    drain_s = 1.5 * by * noise.gauss(1, 0.2)
    result = runs.make(7 * position, 2700 / by, drain_s=drain_s, cost=changed, **changes)
    return result.model_copy(update={"metrics": metrics.read_metrics(result)})


def checked(slower: float = SLOWER, pairs: int = 6, **changes: Any) -> CheckRecord:
    """A check of so many pairs, half of them to confirm."""
    noise = random.Random(2)
    made = [_pair(number, noise, slower) for number in range(pairs)]
    fields: dict[str, Any] = {
        "check_id": "20261124T165504Z-check-eaf33f",
        "status": "regression",
        "why": "",
        "profile": "bench",
        "base_commit": "a" * 40,
        "head_commit": "b" * 40,
        "started_utc": runs.BEGAN,
        "duration_s": 400.0,
        "differing": ("app/web.py", "streaming/commit.py"),
        "pairs": tuple(made[: pairs // 2]),
        "confirmation": tuple(made[pairs // 2 :]),
        "judgements": check.judge_metrics(made),
    }
    return CheckRecord(**{**fields, **changes})


def keep_check(results: Path, made: CheckRecord) -> Path:
    """Writes a check's record and its pages; the path of the HTML one."""
    folder = results / "checks" / made.check_id
    folder.mkdir(parents=True)
    (folder / "check.json").write_text(made.model_dump_json(), encoding="utf-8")
    return results_folder.write_check_pages(results, made)


def _pair(number: int, noise: random.Random, slower: float) -> PairOfRuns:
    base, head = run(number, noise), run(number, noise, slower)
    return PairOfRuns(
        first="base" if number % 2 else "head",
        base_run=f"{base.run_id}-base",
        head_run=f"{head.run_id}-head",
        base=base.metrics,
        head=head.metrics,
    )


def _kind(position: int, number: int) -> dict[str, Any]:
    """What becomes of a run by its place among them all."""
    if position >= number - 5:
        return {"group": "after", "slower": SLOWER}
    if position >= number - 10:
        return {"group": "before"}
    kinds: Sequence[dict[str, Any]] = (
        {},
        {"status": "invalid", "reasons": (MARKUP, "2 of 3")},
        {"status": "error", "reasons": ("The service presto has died.\n  why: exit code 3",)},
        {"profile": "smoke"},
    )
    return kinds[position // 2 % 4] if position % 2 else {}
