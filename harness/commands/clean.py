"""`clean`: stop the cluster, then remove all that can be made again."""

import shutil
import subprocess
from pathlib import Path

from harness.errors import ServiceFailed
from harness.system import locks, venv

FOLDERS = (".cache", ".work", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
SOURCES = ("app", "contract", "harness", "streaming", "tests")


def main(root: Path) -> int:
    """Leave the repository as it was cloned, with its results; return the exit code.

    Raises ServiceFailed where the cluster does not stop: its state must stay then.
    """
    stop(root)
    with locks.wait_for(
        root / "requirements.txt", lambda: venv.say("A set-up of this folder is at work: waits.")
    ):
        # Without its stamp, an environment that is half removed is not taken for a whole one.
        venv.VirtualEnvironment(root).stamp.unlink(missing_ok=True)
        for path in leftovers(root):
            if path.is_symlink():
                path.unlink()
            else:
                shutil.rmtree(path)
    return 0


def stop(root: Path) -> None:
    """Stop the cluster that the work folder belongs to."""
    python = root / ".venv" / "bin" / "python"
    if not python.exists() or not (root / ".work").exists():
        return
    code = subprocess.run([python, "-m", "harness", "down"], cwd=root, check=False).returncode
    if code != 0:
        raise ServiceFailed(
            "The cluster could not be stopped; nothing was removed.",
            why=f"`harness down` ended with {code}",
            do="end its processes, delete the folder .work, then run it again",
        )


def leftovers(root: Path) -> list[Path]:
    """Return the existing folders that are to be removed."""
    caches = [cache for name in SOURCES for cache in (root / name).rglob("__pycache__")]
    made = [root / name for name in FOLDERS]
    return [path for path in (*made, *caches) if path.is_dir()]
