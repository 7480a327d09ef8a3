"""`lock`: pin what the project installs, Python packages and jars, by SHA-256."""

import subprocess
import sys
from pathlib import Path

from harness.cluster import artifacts
from harness.errors import Missing
from harness.system import programs, progress
from harness.system.child_environment import UV, create_environment
from harness.system.paths import ROOT

# One lock for every Python from 3.11 on; packages keep their version while it still fits.
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11"),
    # As pip does; uv alone goes by certificates of its own.
    "--system-certs",
    *("--fork-strategy=fewest", "--generate-hashes", "--custom-compile-command=make lock"),
)
# The project's environment, and that of Otava, which a test runs.
LOCKS = ("requirements.txt", "tests/otava/requirements.txt")


def run() -> None:
    """Write every lock and jars.sha256 anew."""
    display = progress.Display()
    with display.stage("packages"):
        for lock in LOCKS:
            pin_packages(lock)
    with display.stage("jars") as stage:
        artifacts.lock(ROOT, programs.ensure(ROOT, stage.update), stage.update)


def pin_packages(lock: str) -> None:
    """Write a lock from the `.in` file beside it; raise Missing when that does not resolve."""
    wanted = str(Path(lock).with_suffix(".in"))
    command = [sys.executable, "-m", *COMPILE, f"--output-file={lock}", wanted]
    environment = create_environment(UV)
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if code != 0:
        raise Missing(f"{wanted} does not resolve.", why=f"uv ended with {code}")
