"""Steps that only write what they were, and end as they are told."""

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys
from pathlib import Path
from harness.dev import lint
lint.ROOT = Path(sys.argv[1])
lint.run_steps(["step", "1", "0"], ["step", "2", sys.argv[2]], ["step", "3", "5"])
"""
STEP = """
import sys
print(sys.argv[1], sys.stdin.read(), flush=True)
sys.exit(int(sys.argv[2]))
"""


@pytest.mark.parametrize(("second", "code", "ran"), [(0, 5, "123"), (4, 4, "12")])
def test_steps_end_with_the_first_that_fails(
    tmp_path: Path, second: int, code: int, ran: str
) -> None:
    (tmp_path / "step.py").write_text(STEP, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path), str(second)],
        input="text",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert [line[0] for line in done.stdout.splitlines()] == [*ran]
    assert done.stdout.startswith("1 text\n")
