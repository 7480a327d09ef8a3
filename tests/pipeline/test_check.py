"""Each side of a check runs its own code, on a cluster of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from harness.record.models import Result
from harness.side import Side
from harness.worktree import NOBODY
from harness.worktree import Repository as Checkout
from tests.pipeline.repository import FILES, SOURCES, Repository

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
    work = root / ".work" / "check"
    with (
        checkout.laid("HEAD~1", work / "base") as base,
        checkout.laid("HEAD", work / "head") as head,
    ):
        results = {
            side.name: side.run(["--profile", "smoke"], root / f"{side.name}.log", lambda: None)
            for side in (Side("base", base, root), Side("head", head, root))
        }
    assert [result.status for result in results.values()] == ["valid", "valid"]
    commits = [result.environment.git.commit for result in results.values()]
    assert commits == [checkout.commit("HEAD~1"), checkout.commit("HEAD")]
    assert "Yuck-o-rama!!!" in descriptions(results["base"])
    assert "Yuck-o-rama!!! (changed)" in descriptions(results["head"])
    assert not work.exists() or list(work.iterdir()) == []
    assert alone.left() == []
