"""The sets of jars on disk, and what is remembered of them since they were last found right."""

import json
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from harness.cluster.artifacts import maven, sums
from harness.errors import Missing
from harness.system.programs import Programs
from harness.system.tool import Tell

NAMED = 5


class Jars:
    """The sets that a list of sums names, a folder each."""

    def __init__(self, folder: Path, lock: Path) -> None:
        self.folder = folder
        self.lock = lock
        self.listed = sums.read(lock)
        self.memory = folder / "verified.json"
        self.verified = _read_memory(self.memory)

    def files(self, name: str) -> tuple[Path, ...]:
        """Return a set's jars, sorted."""
        return tuple(self.folder / name / file for file in sorted(self.listed[name]))

    def wanted(self, name: str) -> bool:
        """Return whether a set is to be fetched: it is missing, or belongs to an earlier list."""
        there = (self.folder / name).is_dir()
        return not there or self._sums_of(name) not in (None, sums.digest(self.listed[name]))

    def faults(self, name: str) -> list[str]:
        """Return what is wrong with a set; hashes only files changed since it was right."""
        return self._check(name, self.folder / name)

    def fetch(self, names: Collection[str], programs: Programs, tell: Tell) -> None:
        """Put sets in place, each whole and right or not at all.

        Raises Missing when Maven fails or brings other jars than those that are listed.
        """
        partial = self.folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        files = {file for name in names for file in self.listed[name]}
        maven.fetch(names, partial, programs, tell, files)
        for name in names:
            faults = self._check(name, partial / name)
            if faults:
                raise Missing(
                    f"Maven has brought other jars for {name} than {self.lock.name} lists.",
                    why=summary(faults),
                    do="delete them from Maven's local repository, then run it again",
                )
            place = self.folder / name
            shutil.rmtree(place, ignore_errors=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            (partial / name).rename(place)
        shutil.rmtree(partial)

    def save(self) -> None:
        """Store on disk which sets were found right, where that is new."""
        text = json.dumps(self.verified)
        if not self.memory.exists() or self.memory.read_text(encoding="utf-8") != text:
            partial = self.memory.with_suffix(".partial")
            partial.write_text(text, encoding="utf-8")
            partial.replace(self.memory)

    def _sums_of(self, name: str) -> object:
        """Return the digest of the sums that a set last fitted; None where none is known."""
        return self.verified.get(name, {}).get("sums")

    def _check(self, name: str, folder: Path) -> list[str]:
        expected = self.listed[name]
        digest = sums.digest(expected)
        known = self.verified[name]["files"] if self._sums_of(name) == digest else {}
        states = sums.states(folder)
        faults = sums.faults(folder, expected, states, known)
        if not faults:
            self.verified[name] = {"sums": digest, "files": states}
        return faults


def summary(faults: Sequence[str]) -> str:
    """Return the first faults, and how many more there are."""
    more = f"; and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
    return "; ".join(faults[:NAMED]) + more


def _read_memory(path: Path) -> dict[str, dict[str, Any]]:
    """Return which sets were found right; none of a file that is missing, damaged or another's."""
    try:
        fields = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    if not isinstance(fields, dict):
        return {}
    return {
        name: one
        for name, one in fields.items()
        if isinstance(one, dict) and {"sums", "files"} <= one.keys()
    }
