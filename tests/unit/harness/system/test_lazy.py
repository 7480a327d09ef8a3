"""What is imported when: verbs that only read do not wait for what runs a cluster."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.system import lazy

CODE = """
import sys
from harness import cli
assert "harness.cluster.backends.backend" not in sys.modules, "imported with the command line"
cli.records.report
assert "harness.report.pages.run_folder" in sys.modules
assert "harness.cluster.backends.backend" not in sys.modules, "imported with the verbs that read"
cli.verbs.bench
assert "harness.cluster.backends.backend" in sys.modules
"""


def test_a_verb_is_imported_when_it_is_used() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_one_that_is_there_is_taken() -> None:
    assert lazy.module("harness.system.lazy") is lazy


def test_one_that_is_nowhere() -> None:
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        lazy.module("harness.nowhere")
