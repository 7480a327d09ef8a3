"""Each side of a check runs its own code, at once with the other and on a cluster of its own."""

import subprocess
from pathlib import Path

from harness.record import store
from harness.record.check_record import SideName
from harness.record.models import Result
from harness.regression import pairs
from harness.regression.worktree import NOBODY
from harness.regression.worktree import Repository as Checkout
from harness.system.progress import Stage
from tests.pipeline.repository import FILES, SOURCES, Repository, listening

ORIGINAL = '"description": argument,'
CHANGED = '"description": f"{argument} (changed)",'


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", root, *arguments], check=True, env=NOBODY)


def descriptions(result: Result) -> set[str | None]:
    (answer,) = [a for a in result.answers if a.query == "1_events_by_type_and_description"]
    return {row[1] for row in answer.rows}


def test_each_side_runs_its_own_code(alone: Repository) -> None:
    root = alone.root
    git(root, "init", "--quiet")
    git(root, "add", "--", *SOURCES, *FILES)
    git(root, "commit", "--quiet", "-m", "base")
    event = root / "app" / "event.py"
    original = event.read_text(encoding="utf-8")
    assert ORIGINAL in original
    event.write_text(original.replace(ORIGINAL, CHANGED), encoding="utf-8")
    git(root, "commit", "--quiet", "-am", "head")
    event.write_text(original, encoding="utf-8")

    checkout = Checkout(root)
    commits: dict[SideName, str] = {
        "base": checkout.find_commit("HEAD~1"),
        "head": checkout.find_commit("HEAD"),
    }
    work, kept = root / ".work", root / "kept"
    kept.mkdir()
    given = pairs.create_arguments("smoke", (), alone.config)
    limits = alone.config.marks
    with pairs.open_pairs(checkout, commits, work, kept, given, limits, Stage("check")) as source:
        made = source.make_pair()
    results = {
        name: store.read_result(kept / "runs" / name / run)
        for name, run in (("base", made.base_run), ("head", made.head_run))
    }
    assert [result.status for result in results.values()] == ["valid", "valid"]
    assert {name: one.environment.git.commit for name, one in results.items()} == commits
    assert "Yuck-o-rama!!!" in descriptions(results["base"])
    assert "Yuck-o-rama!!! (changed)" in descriptions(results["head"])
    trees = work / "check"
    assert not trees.exists() or list(trees.iterdir()) == []
    assert not listening() & {port + pairs.APART for port in alone.ports()}
    assert alone.left() == []
