"""`make lock`: pins what the project installs, Python packages and jars, by SHA-256."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from harness import programs
from harness.cluster import artifacts
from harness.errors import HarnessError, Missing
from harness.progress import Display

ROOT = Path(__file__).parent.parent

# One lock for every Python from 3.11 on; packages keep their version while it still fits.
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11"),
    *("--fork-strategy=fewest", "--generate-hashes", "--custom-compile-command=make lock"),
    *("--output-file=requirements.txt", "requirements.in"),
)


def main() -> int:
    """Writes requirements.txt and jars.sha256 anew; the exit code."""
    try:
        display = Display()
        with display.stage("packages"):
            pin_packages()
        with display.stage("jars") as stage:
            artifacts.lock(ROOT, programs.ensure(ROOT, stage.update), stage.update)
    except HarnessError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def pin_packages() -> None:
    """Writes requirements.txt from requirements.in; raises Missing when it does not resolve."""
    code = subprocess.run([sys.executable, "-m", *COMPILE], cwd=ROOT, check=False).returncode
    if code != 0:
        raise Missing("requirements.in does not resolve.", why=f"uv ended with {code}")


if __name__ == "__main__":
    sys.exit(main())
