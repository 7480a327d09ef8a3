"""The folders of the runs: each is whole or absent."""

import contextlib
import filecmp
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import Missing, UsageError
from harness.record import metrics, models, upgrade
from harness.system import crash, machine, process
from harness.system.paths import ROOT
from harness.system.venv import say

RESULT = "result.json"
LATEST = "latest"

# A letter first: no group's name is the beginning of a run's.
_GROUP = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_BEFORE_LATEST = re.compile(rf"{LATEST}~([0-9]{{1,9}})")
_OWNER = "owner.json"
_FEW = 5
_OTHER = "choose another run: `make history` lists them"


class NotWritten(Missing):
    """A file of the results that cannot be written."""


@contextmanager
def begin_run(results: Path, run_id: str) -> Iterator[Path]:
    """Create a new run's folder, private and hidden until the block has ended.

    Then it gets its name, and `latest` leads to it where there can be links; when the block raises,
    it is removed. First removes what runs that were killed have left. Raises Missing when there is
    no space left on the disk, when the folder was removed meanwhile, and when `results` cannot be
    written to.
    """
    runs = _runs(results)
    partial = runs / f".{run_id}.partial"
    with translate_write_errors(partial, anything=True):
        runs.mkdir(parents=True, exist_ok=True)
        _sweep(results)
        partial.mkdir(mode=0o700)
    try:
        with translate_write_errors(partial):
            owner = process.Identity.from_pid(os.getpid())
            (partial / _OWNER).write_text(owner.model_dump_json(), encoding="utf-8")
            yield partial
        with translate_write_errors(runs / run_id, anything=True):
            (partial / _OWNER).unlink()
            partial.rename(runs / run_id)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _link_latest(results, run_id)


def has_file(path: Path) -> bool:
    """Return whether there is a file that this user may see; a run is its user's alone."""
    with contextlib.suppress(PermissionError):
        return path.is_file()
    return False


def copy_logs(logs: Path, folder: Path) -> None:
    """Copy the files of the folder `logs`, if it exists, to `logs/` in a run's folder."""
    (folder / "logs").mkdir(exist_ok=True)
    for log in sorted(path for path in logs.glob("*") if path.is_file()):
        shutil.copyfile(log, folder / "logs" / log.name)


def write_result(result: models.Result, folder: Path) -> None:
    """Write the record into a run's folder."""
    (folder / RESULT).write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")


def create_run_id(profile: str) -> str:
    """Return a new run's id, as `20261124T020000Z-bench-1a2b3c`: ids sort by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{profile}-{secrets.token_hex(3)}"


def create_group_name(profile: str) -> str:
    """Return a new group's name, as `bench-20261124T020000Z`."""
    return f"{profile}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def check_group_name(results: Path, name: str) -> None:
    """Raise UsageError where a group's name is taken, or ambiguous among names of runs."""
    if not _GROUP.fullmatch(name) or name == LATEST:
        raise UsageError(
            f"A group cannot be called {name!r}.",
            do="use a letter, then letters, digits, `.`, `_` and `-`",
        )
    if taken := _members(results, name):
        raise UsageError(
            f"There is a group {name!r} already.",
            why=f"it has {_some(taken)}",
            do="use another name, or leave it out for a name of its own",
        )


def check_folders(results: Path) -> None:
    """Raise Missing where something else is in the place of a folder of the results."""
    for folder in (results, _runs(results)):
        if os.path.lexists(folder) and not folder.is_dir():
            raise Missing(
                "There are no results to read or to add to.",
                why=f"{folder} is no folder",
                do=f"move it away: mv {folder} {folder}.own",
            )


def list_runs(results: Path) -> list[str]:
    """Return the ids of all runs, oldest first; raise as `check_folders`."""
    check_folders(results)
    runs = _runs(results)
    if not runs.is_dir():
        return []
    return sorted(p.name for p in runs.iterdir() if p.is_dir() and not p.name.startswith("."))


def find_run(results: Path, run: str) -> Path:
    """Return the folder of the one run that a reference names.

    A reference is `latest`, `latest~1`, an id, the unambiguous beginning of an id, or a path.

    `latest~1` is the run before the latest. Raises UsageError where that is none or several.
    """
    folders = find_runs(results, run)
    if len(folders) > 1:
        names = [folder.name for folder in folders]
        raise UsageError(
            f"{run!r} is a group of {len(folders)} runs.", why=_some(names), do="name one of them"
        )
    return folders[0]


def find_runs(results: Path, reference: str) -> tuple[Path, ...]:
    """Return the folders of a group's runs, oldest first, or of a single run.

    Raises UsageError where there is none, or where the beginning of a name is that of several.
    """
    if reference == LATEST:
        return (_latest(results),)
    if before := _BEFORE_LATEST.fullmatch(reference):
        return (_before_latest(results, int(before[1])),)
    known = list_runs(results)
    if reference in known:
        return (_runs(results) / reference,)
    begun = [name for name in known if name.startswith(reference)]
    if len(begun) > 1:
        raise UsageError(
            f"{len(begun)} runs begin with {reference!r}.",
            why=_some(begun),
            do=f"name one of them, as {begun[-1]}",
        )
    if begun:
        return (_runs(results) / begun[0],)
    if (Path(reference) / RESULT).is_file():
        return (Path(reference),)
    if members := _members(results, reference):
        return tuple(_runs(results) / name for name in members)
    raise UsageError(
        f"There is no run {reference!r}, and no group.",
        why=f"there are {_some(known)}" if known else "there is none yet",
        do="give the beginning of a run's name, `latest`, `latest~1`, the path of its folder, or"
        " the name of a group",
    )


def read_result(folder: Path) -> models.Result:
    """Read the record in a run's folder, upgraded to the present models.

    Raises UsageError naming what is wrong with it.
    """
    path = folder / RESULT
    try:
        fields = _fields(folder)
        version = fields["schema_version"]
        if version not in upgrade.KNOWN:
            raise UsageError(
                f"{path} cannot be read.",
                why=f"its schema version is {version}, and this harness knows"
                f" {models.SCHEMA_VERSION} and those before",
                do="use the harness that wrote it",
            )
        text = json.dumps(upgrade.upgrade_fields(fields))
    except PermissionError as error:
        why, do = machine.explain_refusal(error, ROOT) or (str(error), "")
        raise UsageError(f"{path} cannot be read.", why=why, do=do) from error
    except (OSError, ValueError, LookupError, TypeError, ArithmeticError) as error:
        why = f"{type(error).__name__}: {error}"
        raise UsageError(f"{path} is no run's record.", why=why, do=_OTHER) from error
    try:
        result = models.Result.model_validate_json(text, strict=True)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        why = "\n       ".join(faults[:_FEW])
        raise UsageError(f"{path} is no run's record.", why=why, do=_OTHER) from error
    if version == models.SCHEMA_VERSION:
        return result
    return result.model_copy(update={"metrics": metrics.read_metrics(result)})


def write_file(path: Path, text: str) -> None:
    """Write a file whole, under another name first; raise Missing where that fails."""
    partial = path.with_name(f".{path.name}.partial")
    with translate_write_errors(path, anything=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)


@contextmanager
def translate_write_errors(path: Path, anything: bool = False) -> Iterator[None]:
    """Turn an OSError at or below `path`, or from a full disk, into NotWritten.

    With `anything`, whatever the system refuses is taken for that.
    """
    try:
        yield
    except OSError as error:
        name = error.filename
        is_below = isinstance(name, str) and Path(name).is_relative_to(path)
        if not (anything or is_below or error.errno in crash.FULL):
            raise
        why, do = machine.explain_refusal(error, ROOT) or (
            f"{error.filename or path}: {error.strerror or error}",
            "make room on the disk, and let the folder be there and writable",
        )
        raise NotWritten("The results cannot be written.", why=why, do=do) from error


def _fields(folder: Path) -> dict[str, Any]:
    """Return the fields of a record, unchecked; raise OSError or ValueError for another file."""
    try:
        fields = json.loads((folder / RESULT).read_bytes())
    except RecursionError as error:
        raise ValueError("it is too deeply nested") from error
    if not isinstance(fields, dict):
        raise ValueError("it is no JSON object")
    return fields


def _members(results: Path, group: str) -> list[str]:
    """Return the ids of a group's runs, oldest first."""
    return [name for name in list_runs(results) if _group(_runs(results) / name) == group]


def _group(folder: Path) -> object:
    """Return the group of a run; None where it has no group, or no record."""
    with contextlib.suppress(OSError, ValueError):
        return _fields(folder).get("group")
    return None


def _runs(results: Path) -> Path:
    return results / "runs"


def _latest(results: Path) -> Path:
    """Return the folder that `latest` leads to, or else the newest run's.

    A copy of the results may have a folder in place of the link, or nothing.
    """
    link, runs = results / LATEST, _runs(results)
    if link.is_symlink() and link.is_dir() and link.resolve().parent == runs.resolve():
        return runs / link.resolve().name
    names = [name for name in list_runs(results) if has_file(runs / name / RESULT)]
    if not names:
        raise UsageError(
            "There is no latest run.", why="there is none yet", do="make a run: make bench"
        )
    return runs / names[-1]


def _before_latest(results: Path, number: int) -> Path:
    names = list_runs(results)
    place = names.index(_latest(results).name) - number
    if place < 0:
        raise UsageError(
            f"There is no run {number} before the latest.", why=f"there are {len(names)} in all"
        )
    return _runs(results) / names[place]


def _some(names: list[str]) -> str:
    """Return the newest few names as text."""
    more = "…, " if len(names) > _FEW else ""
    return more + ", ".join(names[-_FEW:])


def _link_latest(results: Path, run_id: str) -> None:
    """Make `latest` lead to a run; tell where it cannot, since the run is whole without it.

    What stands in its place, and is neither a link nor the copy of a run, is kept beside it.
    """
    latest, link = results / LATEST, results / f".{LATEST}.{run_id}"
    try:
        link.symlink_to(Path("runs", run_id))
        if latest.exists() and not latest.is_symlink():
            if _is_copy(latest, results):
                shutil.rmtree(latest)
            else:
                kept = latest.rename(results / f"{LATEST}.before-{run_id}")
                say(f"{latest} was no link to a run, and no copy of one. It is {kept} now.")
        link.replace(latest)
    except OSError as error:
        why = error.strerror or error
        say(f"{latest} cannot be made a link ({why}). As RUN, `latest` is the newest run.")


def _is_copy(folder: Path, results: Path) -> bool:
    """Return whether all of a folder is in the folder of the run that it has the record of."""
    try:
        run = _runs(results) / str(_fields(folder)["run_id"])
        return all(
            filecmp.cmp(path, run / path.relative_to(folder), shallow=False)
            for path in folder.rglob("*")
            if path.is_symlink() or not path.is_dir()
        )
    except (OSError, ValueError, LookupError):
        return False


def _sweep(results: Path) -> None:
    """Remove the hidden folders whose owner is dead or missing."""
    for link in results.glob(f".{LATEST}.*"):
        with contextlib.suppress(OSError):
            link.unlink()
    for partial in _runs(results).glob(".*.partial"):
        owner = None
        with contextlib.suppress(OSError, ValidationError):
            owner = process.Identity.model_validate_json((partial / _OWNER).read_bytes())
        if owner is None or not owner.alive():
            shutil.rmtree(partial, ignore_errors=True)
