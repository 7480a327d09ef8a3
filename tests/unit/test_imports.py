"""The floors that `make lint` holds: an import that climbs one is refused, of each kind."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.regression.worktree import UNMEASURED
from harness.system.paths import ROOT

PACKAGES = ("app", "contract", "harness", "streaming")


def contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return listed


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("importer", "imported", "broken"),
    [
        ("app/route.py", "harness.errors", "by contract/ alone"),
        ("contract/__init__.py", "app.route", "by contract/ alone"),
        ("harness/verify/checks.py", "harness.run.verdict", "only what is below it"),
        ("harness/load/plan.py", "harness.monitor.tree", "only what is below it"),
        ("harness/loose.py", "harness.errors", "only what is below it"),
        ("harness/record/store.py", "harness.compare.statistics", "what a check may skip"),
        ("harness/report/render/markdown.py", "harness.report.pages.tables", "knows no page"),
        ("harness/report/analyst/rules/finding.py", "harness.report.pages.tables", "knows no page"),
        ("harness/verify/checks.py", "confluent_kafka", "through librdkafka"),
        (
            "harness/run/phases.py",
            "harness.cluster.backends.native",
            "Nobody asks which backend it is",
        ),
    ],
)
def test_import_that_climbs_is_refused(
    importer: str, imported: str, broken: str, tmp_path: Path
) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / importer).open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}  # noqa\n")

    ended = lint_imports(tmp_path)

    assert ended.returncode == 1
    (name,) = [contract["name"] for contract in contracts() if broken in contract["name"]]
    # Names are folded at the width of a terminal.
    assert f"{name} BROKEN" in " ".join(ended.stdout.split())


def test_what_a_check_may_skip_is_what_nothing_measured_imports() -> None:
    (contract,) = [one for one in contracts() if "UNMEASURED" in one["name"]]
    folders = {place for place in UNMEASURED if place.startswith("harness/")}
    assert folders == {name.replace(".", "/") for name in contract["forbidden_modules"]}
    assert all((ROOT / folder).is_dir() for folder in folders)
    rooms = {path.name for path in (ROOT / "harness").iterdir() if (path / "__init__.py").exists()}
    measured = {name.removeprefix("harness.") for name in contract["source_modules"]}
    assert rooms - measured == {
        *(folder.removeprefix("harness/") for folder in folders),
        # What a person types: after a run it shows what was measured, by report/.
        "commands",
    }
