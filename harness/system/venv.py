"""The virtual environment `.venv`, made from the hash-pinned lock."""

import ast
import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.errors import Missing
from harness.system import locks, programs, tool
from harness.system.child_environment import PIP, PIP_SETTINGS, create_environment

PLAIN_INTERVAL_S = 5.0
# What pyspark and pyhive, which come as source archives, are built with.
BUILDERS = frozenset({"pip", "setuptools"})


class VirtualEnvironment:
    """The virtual environment of a repository, installed from its lock.

    The file `stamp` in it says that it is ours, and whole or half made: it stays while the rest is
    removed or installed. A folder `.venv` without it is the user's own, and is left alone.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = root / "requirements.txt"
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.stamp = self.folder / "stamp"

    def key(self) -> str:
        """Return what the environment depends on: lock, binary interface of Python, place.

        An environment holds absolute paths, so that a moved one does not work.
        """
        sha256 = hashlib.sha256(self.lock.read_bytes()).hexdigest()
        return self._stamp(sha256)

    def ready(self) -> bool:
        """Return whether it is whole and made for this lock, Python and place."""
        # The interpreter is a link, which a system's upgrade may leave pointing nowhere.
        with contextlib.suppress(FileNotFoundError):
            return os.access(self.python, os.X_OK) and self.stamp.read_text() == self.key()
        return False

    def ensure(self, needs: Sequence[programs.Need]) -> None:
        """Make it unless it is ready; raise Missing where that fails, or the folder is not ours."""
        if self.ready():
            return
        self.check_owned()
        self.check_reachable()
        with locks.wait_for(
            self.lock, lambda: say("Another set-up of this folder is at work: waits.")
        ):
            if not self.ready():
                with line() as tell:
                    programs.provide([programs.VENV, *needs], self.root, tell)
                self.make()

    def make(self) -> None:
        """Make it anew; its stamp says so until the end, so that half of it is never used."""
        say(f"Makes {self.folder} from {self.lock.name}; about a minute, once.")
        self.folder.mkdir(exist_ok=True)
        self.empty()
        run([str(base_python()), "-m", "venv", str(self.folder)], "The environment")
        hashed = ("--require-hashes", "--no-deps")
        self.pip(*hashed, "--requirement=/dev/stdin", text=entries(self.lock, BUILDERS))
        self.pip(*hashed, "--no-build-isolation", f"--requirement={self.lock}")
        # Only the command `harness`: the packages themselves stay where they are.
        local = ("--no-index", "--no-deps", "--no-build-isolation", "--quiet")
        self.pip(*local, "--editable", str(self.root))
        self.stamp.write_text(self.key())

    def check_reachable(self) -> None:
        """Raise Missing where another user's interpreter may not be run, nor one be made here."""
        if self.python.is_symlink() and not (
            os.access(self.python, os.X_OK) or os.access(self.root, os.W_OK)
        ):
            raise Missing(
                f"The Python of {self.folder} may not be run by this user.",
                why=f"it is {self.python.resolve()}, and {self.root} may not be written to",
                do="clone the repository anew, or have its owner make the environment with a Python"
                " for all: make clean && make setup PYTHON=/usr/bin/python3",
            )

    def check_owned(self) -> None:
        """Raise Missing where the folder is neither ours, nor empty, nor yet to be made."""
        if not self.folder.is_symlink() and not self.folder.exists():
            return
        with contextlib.suppress(OSError):
            if self.folder.is_dir() and not any(self.folder.iterdir()):
                return
        place = ""
        with contextlib.suppress(OSError, ValueError):
            sha256, _, place = self.stamp.read_text(encoding="utf-8").splitlines()
            if re.fullmatch(r"[0-9a-f]{64}|unfinished", sha256) is None:
                place = ""
        # A link may lead to the environment of another repository.
        if place == str(self.folder) or (place and not self.folder.is_symlink()):
            return
        lacking = "leads elsewhere" if self.folder.is_symlink() else f"lacks {self.stamp.name}"
        raise Missing(
            f"{self.folder} was not made by the harness.",
            why=f"it {lacking}, and the Python packages of the harness belong there",
            do=f"move it away, or remove it: mv {self.folder} {self.folder}.own",
        )

    def empty(self) -> None:
        """Remove all but the stamp, which says from now on that the environment is half made."""
        self.stamp.write_text(self._stamp("unfinished"), encoding="utf-8")
        for path in self.folder.iterdir():
            if path == self.stamp:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def _stamp(self, state: str) -> str:
        return f"{state}\n{sys.implementation.cache_tag}{sys.abiflags}\n{self.folder}\n"

    def pip(self, *arguments: str, text: str = "") -> None:
        """Install with the environment's own pip; its output is shown."""
        command = [str(self.python), "-m", "pip"]
        options = ("--disable-pip-version-check", "--no-input")
        settings = read_pip_settings(command)
        run([*command, "install", *options, *arguments], "pip", text, settings)


def entries(lock: Path, names: frozenset[str]) -> str:
    """Return the lock's entries for `names`, with their hashes."""
    blocks = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8"))
    return "\n".join(block for block in blocks if block.partition("==")[0] in names)


def base_python() -> Path:
    """Return the interpreter below any virtual environment: `.venv` may be about to go."""
    return Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")


def read_pip_settings(pip: Sequence[str]) -> dict[str, str]:
    """Return the variables that give pip its user's index, certificates and proxy, and no more.

    They stand in files beside others, such as `user` and `target`, with which pip would install
    into another place. None of the files is read afterwards.
    """
    listed = subprocess.run(
        [*pip, "config", "list"],
        capture_output=True,
        text=True,
        env=create_environment(PIP),
        check=False,
    ).stdout
    found = re.findall(r"^([^.\n]+)\.([\w-]+)=(.+)$", listed, re.MULTILINE)
    settings = {"PIP_CONFIG_FILE": os.devnull}
    # What is said of one command outweighs what is said of all, and a variable outweighs files.
    for section in ("global", "install", ":env:"):
        for place, name, value in found:
            if place == section and name in PIP_SETTINGS:
                settings[f"PIP_{name.upper().replace('-', '_')}"] = ast.literal_eval(value)
    return settings


def run(
    command: Sequence[str], name: str, text: str = "", settings: Mapping[str, str] | None = None
) -> None:
    """Run a step of the set-up, its output on standard error; raise Missing where it fails.

    It reads `text`: the standard input belongs to the verb. `settings` are variables for it.
    """
    code = subprocess.run(
        command,
        input=text,
        text=True,
        stdout=sys.stderr.fileno(),
        env=create_environment(PIP, settings),
        check=False,
    ).returncode
    if code != 0:
        raise Missing(
            f"{name} could not be installed.",
            why=f"{Path(command[0]).name} ended with {code}; its output is above",
            do="correct what it names (the network, the disk), then run it again",
        )


def say(text: str) -> None:
    """Print on standard error: standard output belongs to the verb."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def line() -> Iterator[tool.Tell]:
    """Show progress: a line drawn anew on a terminal, else a plain line every 5 s."""
    terminal = sys.stderr.isatty()
    shown = 0.0

    def tell(detail: str, done: int | None = None, total: int | None = None) -> None:
        nonlocal shown
        share = f"{done}/{total} " if done is not None and total else ""
        if terminal:
            columns = shutil.get_terminal_size().columns
            sys.stderr.write(f"\r\x1b[K{share}{detail}"[: columns + 3])
            sys.stderr.flush()
        elif time.monotonic() - shown >= PLAIN_INTERVAL_S:
            shown = time.monotonic()
            say(f"{share}{detail}")

    try:
        yield tell
    finally:
        if terminal:
            sys.stderr.write("\r\x1b[K")
