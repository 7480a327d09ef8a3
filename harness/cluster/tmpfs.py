"""A small file system in memory, for a service that is to run out of space."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from harness.errors import Missing
from harness.system.child_environment import TOOL, create_environment
from harness.system.units import MIB

SIZE_BYTES = 256 * MIB


def mount(folder: Path) -> None:
    """Mount a tmpfs over an empty folder; raises Missing where that is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={SIZE_BYTES},mode=700"
    tried = _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    if tried is not None:
        raise Missing("No tmpfs can be mounted.", why=tried, do="run it as root")


def hindrance() -> str | None:
    """Return why no tmpfs can be mounted, by trying; None where it can."""
    with TemporaryDirectory() as folder:
        try:
            mount(Path(folder))
        except Missing as missing:
            return f"no tmpfs can be mounted: {missing.why}"
        unmount_below(Path(folder))
    return None


def unmount_below(folder: Path) -> None:
    """Unmount every file system on a folder or below it."""
    for partition in psutil.disk_partitions(all=True):
        if Path(partition.mountpoint).is_relative_to(folder.resolve()):
            # Lazily: a process that was killed may hold it for a moment more.
            _run("umount", "--lazy", partition.mountpoint)


def fill(ballast: Path) -> None:
    """Fill the file system of a new file."""
    with ballast.open("wb") as file:
        while free := shutil.disk_usage(ballast.parent).free:
            # Others may be quicker, and take some of it.
            with contextlib.suppress(OSError):
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), free)


def _run(*command: str) -> str | None:
    """Run a program; returns its complaint, or None where it succeeded."""
    if shutil.which(command[0]) is None:
        return f"there is no {command[0]}"
    ended = subprocess.run(
        command, capture_output=True, text=True, env=create_environment(TOOL), check=False
    )
    return ended.stderr.strip() if ended.returncode else None
