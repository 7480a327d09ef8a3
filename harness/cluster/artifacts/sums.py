"""SHA-256 sums of sets of jars: the committed list, and how a folder differs from it."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HEAD = "# SHA-256 of every jar, by set. Made by `make lock` from the pom.xml files beside it.\n"

# Size, modified ns, changed ns, inode: a file whose four are the same was not written to. The
# third cannot be set back.
State = list[int]


def read(lock: Path) -> dict[str, dict[str, str]]:
    """Return each set's sums by file, from lines as sha256sum writes them."""
    listed: dict[str, dict[str, str]] = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            sum_, _, path = line.partition("  ")
            name, _, file = path.rpartition("/")
            listed.setdefault(name, {})[file] = sum_
    return listed


def write(lock: Path, folder: Path) -> None:
    """List every file in `folder`, by path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths]
    lock.write_text(HEAD + "".join(lines), encoding="utf-8")


def digest(expected: Mapping[str, str]) -> str:
    """Return one sum for a set's sums."""
    text = "".join(f"{expected[file]}  {file}\n" for file in sorted(expected))
    return hashlib.sha256(text.encode()).hexdigest()


def states(folder: Path) -> dict[str, State]:
    """Return the state of every file in `folder`; empty where there is no such folder."""
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return {path.name: _state(path) for path in paths if path.is_file()}


def faults(
    folder: Path,
    expected: Mapping[str, str],
    found: Mapping[str, State],
    known: Mapping[str, State],
) -> list[str]:
    """Return how `folder`, whose files have the states `found`, differs from the expected sums.

    A file whose state is the known one is not read again.
    """
    absent = [f"{file} is missing" for file in sorted(expected.keys() - found.keys())]
    added = [f"{file} does not belong there" for file in sorted(found.keys() - expected.keys())]
    unsure = [file for file in sorted(expected) if file in found and found[file] != known.get(file)]
    with ThreadPoolExecutor() as pool:
        actual = pool.map(lambda file: sha256(folder / file), unsure)
        changed = [
            f"{file} is changed or cut short: SHA-256 {sum_[:12]}…, not {expected[file][:12]}…"
            for file, sum_ in zip(unsure, actual, strict=True)
            if sum_ != expected[file]
        ]
    return absent + added + changed


def sha256(path: Path) -> str:
    """Return a file's sum, as lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state(path: Path) -> State:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
