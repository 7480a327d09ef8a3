"""`lint`: ruff, mypy and the floors of the rooms over all code."""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import NoReturn

from harness.system.child_environment import HARNESS, create_environment
from harness.system.paths import ROOT

STEPS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("harness.dev.imports", "--no-cache"),
)


def run() -> None:
    """End with the exit code of the first step that fails."""
    run_steps(*STEPS)


def run_steps(*steps: Sequence[str]) -> NoReturn:
    """Run modules in turn; end with the exit code of the first that fails.

    The last takes this process over: its signals, standard input and exit code.
    """
    environment = create_environment(HARNESS)
    *first, last = ([sys.executable, "-m", *step] for step in steps)
    for command in first:
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if code != 0:
            sys.exit(code)
    os.chdir(ROOT)
    os.execve(sys.executable, last, environment)
