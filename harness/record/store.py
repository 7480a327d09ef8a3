"""The folders of the runs: each is whole or absent."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from harness.errors import Missing, UsageError
from harness.process import Identity
from harness.record.models import SCHEMA_VERSION, Result

RESULT = "result.json"
LATEST = "latest"

_OWNER = "owner.json"
_FEW = 5
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def begin(results: Path, run_id: str) -> Iterator[Path]:
    """A new run's folder to write to; hidden, and its user's alone, until the block has ended.

    Then it gets its name, and `latest` leads to it; when the block raises, it is removed. First
    removes what runs that were killed have left. Raises Missing when there is no space left on
    the disk, and when `results` cannot be written to.
    """
    runs = _runs(results)
    partial = runs / f".{run_id}.partial"
    with _writing(partial, anything=True):
        runs.mkdir(parents=True, exist_ok=True)
        _sweep(runs)
        partial.mkdir(mode=0o700)
    try:
        with _writing(partial):
            owner = Identity.of(os.getpid())
            (partial / _OWNER).write_text(owner.model_dump_json(), encoding="utf-8")
            yield partial
        with _writing(runs / run_id, anything=True):
            _commit(partial, results, run_id)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def copy_logs(logs: Path, folder: Path) -> None:
    """Copies the files of the folder `logs` to `logs/` in a run's folder."""
    (folder / "logs").mkdir(exist_ok=True)
    for log in sorted(path for path in logs.iterdir() if path.is_file()):
        shutil.copyfile(log, folder / "logs" / log.name)


def write(result: Result, folder: Path) -> None:
    """Writes the record into a run's folder."""
    (folder / RESULT).write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")


def new_id(profile: str) -> str:
    """A run's name, as `20261124T020000Z-bench-1a2b3c`: its order is that of time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{profile}-{secrets.token_hex(3)}"


def ids(results: Path) -> list[str]:
    """The names of all runs, oldest first."""
    runs = _runs(results)
    if not runs.is_dir():
        return []
    return sorted(p.name for p in runs.iterdir() if p.is_dir() and not p.name.startswith("."))


def find(results: Path, run: str) -> Path:
    """The folder of a run: `latest`, a name, the beginning of one name only, or a path.

    Raises UsageError where that is none or several.
    """
    if run == LATEST:
        return _latest(results)
    known = ids(results)
    if run in known:
        return _runs(results) / run
    begun = [name for name in known if name.startswith(run)]
    if len(begun) > 1:
        raise UsageError(f"{len(begun)} runs begin with {run!r}.", why=_some(begun), do="say more")
    if begun:
        return _runs(results) / begun[0]
    if (Path(run) / RESULT).is_file():
        return Path(run)
    raise UsageError(
        f"There is no run {run!r}.",
        why=f"there are {_some(known)}" if known else "there is none yet",
        do="give the beginning of a run's name, `latest`, or the path of its folder",
    )


def read(folder: Path) -> Result:
    """The record in a run's folder; raises UsageError naming what is wrong with it."""
    path = folder / RESULT
    try:
        text = path.read_bytes()
        version = json.loads(text).get("schema_version")
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} is no run's record.", why=str(error)) from error
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"{path} cannot be read.",
            why=f"its schema version is {version}, and this harness knows {SCHEMA_VERSION}",
            do="use the harness that wrote it",
        )
    try:
        return Result.model_validate_json(text, strict=True)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise UsageError(
            f"{path} is no run's record.", why="\n       ".join(faults[:_FEW])
        ) from error


def _runs(results: Path) -> Path:
    return results / "runs"


def _latest(results: Path) -> Path:
    link = results / LATEST
    if not link.is_dir():
        raise UsageError(
            "There is no latest run.",
            why=f"{link} leads nowhere" if link.is_symlink() else "there is none yet",
            do="`make bench` makes one",
        )
    return link.resolve()


def _some(names: list[str]) -> str:
    """The newest few."""
    more = "…, " if len(names) > _FEW else ""
    return more + ", ".join(names[-_FEW:])


def _commit(partial: Path, results: Path, run_id: str) -> None:
    final = _runs(results) / run_id
    (partial / _OWNER).unlink()
    partial.chmod(final.parent.stat().st_mode)
    partial.rename(final)
    link = results / f".{LATEST}.{run_id}"
    link.symlink_to(final.relative_to(results))
    link.replace(results / LATEST)


def _sweep(runs: Path) -> None:
    """Removes the folders whose owner is dead; one without an owner was left half made."""
    for partial in runs.glob(".*.partial"):
        owner = None
        with contextlib.suppress(OSError, ValidationError):
            owner = Identity.model_validate_json((partial / _OWNER).read_bytes())
        if owner is None or not owner.alive():
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _writing(path: Path, anything: bool = False) -> Iterator[None]:
    """Says which folder could not be written, for want of space or for `anything`."""
    try:
        yield
    except OSError as error:
        if not anything and error.errno not in _NO_SPACE:
            raise
        raise Missing(
            "The run's record cannot be written.",
            why=f"{error.filename or path}: {error.strerror or error}",
            do="make room on the disk, or the folder writable",
        ) from error
