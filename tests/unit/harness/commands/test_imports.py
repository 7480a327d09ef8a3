"""What is imported when: verbs that only read do not wait for what runs a cluster."""

import subprocess
import sys

import pytest

from harness.system.paths import ROOT

CODE = """
import sys
from importlib import import_module
from harness import cli
assert "harness.report.pages" not in sys.modules, "imported with the command line"
import_module("harness.commands." + sys.argv[1])
assert "harness.report.pages" in sys.modules
running = [name for name in sys.modules if name.startswith(("harness.cluster", "harness.run"))]
assert not running, running
"""


@pytest.mark.parametrize("verb", ["report", "open", "compare", "history"])
def test_a_verb_that_reads_imports_nothing_that_runs_a_cluster(verb: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CODE, verb], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
