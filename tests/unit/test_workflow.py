"""The workflow's shell lines, with stand-ins for what they call."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from harness.dev.lock import LOCKS
from tests.unit.workflow import AUDIT, WORKFLOW, scripts

PYTHON = """#!/bin/sh
echo "$* BASE=$BENCH_BASE"
mkdir -p results/checks/one
echo "# Check one" > results/checks/one/check.md
exit {code}
"""
GH = """#!/bin/sh
echo "$*" >> commented
"""


def place(folder: Path, name: str, text: str) -> None:
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def shell(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Runs lines as the hosted runner does."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "PULL_REQUEST": "7",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 1), (7, 0), (5, 5), (130, 130)])
def test_the_check_s_code_decides_and_7_warns(code: int, ends: int, tmp_path: Path) -> None:
    place(tmp_path, "python3", PYTHON.format(code=code))
    said = shell(tmp_path, scripts()["Check"])

    assert said.returncode == ends
    assert "-m harness.bootstrap check BASE=HEAD^1\n" in said.stdout
    assert ("::warning::" in said.stdout) == (code == 7)


def test_the_page_is_shown_and_commented(tmp_path: Path) -> None:
    place(tmp_path, "python3", PYTHON.format(code=0))
    place(tmp_path, "gh", GH)
    for name in ("Check", "Page", "Comment"):
        assert shell(tmp_path, scripts()[name]).returncode == 0

    assert (tmp_path / "summary").read_text() == "# Check one\n"
    assert "pr comment 7 --body-file results/checks/one/check.md" in (
        (tmp_path / "commented").read_text()
    )


@pytest.mark.parametrize("name", ["Page", "Comment"])
def test_a_check_that_left_no_page_is_no_further_fault(name: str, tmp_path: Path) -> None:
    assert shell(tmp_path, scripts()[name]).returncode == 0


def test_it_may_do_no_more_than_it_must() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    granted = re.search(r"^permissions:\n((?:  .+\n)+)", text, re.MULTILINE)
    assert granted is not None
    assert re.findall(r"^  ([\w-]+): (\w+)", granted[1], re.MULTILINE) == [
        ("contents", "read"),
        ("pull-requests", "write"),
    ]
    assert "pull_request_target" not in text
    assert "fetch-depth: 0" in text
    used = re.findall(r"uses: (\S+)", text)
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", one) for one in used)
    # What a pull request's author may choose is not pasted into a shell.
    assert not any("${{" in script for script in scripts().values())


def test_every_lock_is_audited_and_none_of_it_is_installed(tmp_path: Path) -> None:
    place(tmp_path, "python3", "#!/bin/sh\n")
    place(tmp_path, "pip-audit", '#!/bin/sh\necho "$*"\n')
    said = shell(tmp_path, scripts(AUDIT)["Audit"])

    assert said.returncode == 0
    assert said.stdout.splitlines() == [
        f"--strict --require-hashes --disable-pip --requirement {lock}" for lock in LOCKS
    ]
    text = AUDIT.read_text(encoding="utf-8")
    assert f"paths: [{', '.join(LOCKS)}]" in text
    assert re.findall(r"^permissions:\n((?:  .+\n)+)", text, re.MULTILINE) == ["  contents: read\n"]


def test_a_vulnerability_of_the_first_lock_ends_the_audit(tmp_path: Path) -> None:
    place(tmp_path, "python3", "#!/bin/sh\n")
    place(tmp_path, "pip-audit", '#!/bin/sh\n[ "$5" != requirements.txt ]\n')

    assert shell(tmp_path, scripts(AUDIT)["Audit"]).returncode == 1
