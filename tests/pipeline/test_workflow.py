"""The workflow's own line, on a pull request that changes documentation only."""

import subprocess
from pathlib import Path

from harness.record.check_record import CheckRecord
from harness.regression.worktree import NOBODY
from harness.system.paths import ROOT
from tests.pipeline.repository import FILES, SOURCES, Repository
from tests.unit.workflow import scripts


def test_documentation_alone_ends_with_0_in_seconds(tmp_path: Path) -> None:
    copy = Repository(tmp_path / "a repository")

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", copy.root, *arguments], check=True, env=NOBODY)

    (copy.root / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    git("init", "--quiet")
    git("add", "--", ".gitignore", *SOURCES, *FILES)
    git("commit", "--quiet", "-m", "base")
    with (copy.root / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("More.\n")
    git("commit", "--quiet", "-am", "head")

    said = copy.run(scripts()["Check"], wait_s=60)

    assert said.code == 0, said
    (folder,) = (copy.results / "checks").iterdir()
    checked = CheckRecord.model_validate_json((folder / "check.json").read_bytes())
    assert (checked.status, checked.pairs) == ("fine", ())
    assert {"check.md", "junit.xml"} <= {path.name for path in folder.iterdir()}
    assert len(list((copy.root / ".git").glob("worktrees/*"))) == 0
