"""`clean`: stop the cluster, then remove all that can be made again."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from harness.errors import Missing, ServiceFailed
from harness.system import locks, machine, venv
from harness.system.child_environment import HARNESS, create_environment

TOOLS = (".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
SOURCES = ("app", "contract", "harness", "streaming", "tests")
# What the harness writes there: another file in them is the user's own.
MADE = {
    ".cache": ("apt.log", "jars", "jars.partial", "maven.log", "matplotlib", "prepared"),
    ".work": ("check", "cluster", "crash.log", "lock", "screenshots", "warm-up", "warm-up-*"),
}


def main(root: Path) -> int:
    """Leave the repository as it was cloned, with its results; return the exit code.

    What is the user's own stays, and is named. Raises Missing where the folders are another user's,
    and ServiceFailed where the cluster does not stop: its state must stay then.
    """
    places = machine.check_places(root)
    if places.level is machine.Level.REFUSED:
        raise Missing("Nothing can be removed here.", why=places.text, do=places.do)
    stop(root)
    with locks.wait_for(
        root / "requirements.txt", lambda: venv.say("A set-up of this folder is at work: waits.")
    ):
        remove_environment(venv.VirtualEnvironment(root))
        for path in leftovers(root):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        for name in MADE:
            remove_folder(root / name)
    return 0


def remove_environment(environment: venv.VirtualEnvironment) -> None:
    """Remove the virtual environment; a link alone where it is one."""
    if environment.folder.is_symlink():
        environment.folder.unlink()
    elif environment.folder.exists():
        try:
            environment.check_owned()
        except Missing as error:
            venv.say(f"{error.what} It stays.")
        else:
            environment.empty()
            shutil.rmtree(environment.folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder that is empty, and name what is left in another."""
    if not folder.is_dir():
        return
    if left := sorted(path.name for path in folder.iterdir()):
        venv.say(f"{folder} stays: the harness has not made {', '.join(left)}.")
    else:
        folder.rmdir()


def stop(root: Path) -> None:
    """Stop the cluster that the work folder belongs to."""
    python = root / ".venv" / "bin" / "python"
    if not python.exists() or not (root / ".work").exists():
        return
    code = subprocess.run(
        [python, "-Es", "-m", "harness", "down"],
        cwd=root,
        env=create_environment(HARNESS),
        check=False,
    ).returncode
    if code != 0:
        raise ServiceFailed(
            "The cluster could not be stopped; nothing was removed.",
            why=f"`harness down` ended with {code}",
            do="end its processes, delete the folder .work, then run it again",
        )


def leftovers(root: Path) -> Iterator[Path]:
    """Yield what exists and is to be removed, but for the environment."""
    for name in TOOLS:
        if (root / name).is_dir():
            yield root / name
    for name, patterns in MADE.items():
        if (root / name).is_symlink():
            yield root / name
        else:
            for pattern in patterns:
                yield from (root / name).glob(pattern)
    for name in SOURCES:
        yield from [path for path in (root / name).rglob("__pycache__") if path.is_dir()]
