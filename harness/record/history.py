"""The history, results/history.csv: a row for each valid run, as Apache Otava reads them.

A run that is withdrawn stands in withdrawn.csv instead, and one that is marked in marked.csv, each
with the reason. Figures that were not
measured are `nan`: on an empty cell Otava stops. `branch` is its word for the rows that it looks
at together; here these are the runs of the same conditions.
"""

import contextlib
import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import UsageError
from harness.record import conditions, metrics, models, store
from harness.system import locks, units

HISTORY = "history.csv"
WITHDRAWN = "withdrawn.csv"
MARKED = "marked.csv"
ATTRIBUTES = (
    *("time", "run_id", "branch", "commit", "dirty"),
    *("host", "profile", "config_sha256", "group"),
)
DIRTY = {"true": True, "false": False}
WITHDRAWAL = ("withdrawn_utc", "reason")
MARKS = ("marks", "reason")

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A run in the history; `commit` is empty and `dirty` None where git did not tell them.

    `withdrawn` is the reason for which it was taken out, empty for one that was not. `marks` are
    the words of one that is marked, and `marked` the reasons.
    """

    time: datetime
    run_id: str
    branch: str
    commit: str
    dirty: bool | None
    profile: str
    config_sha256: str
    group: str
    figures: dict[str, float | None]
    withdrawn: str
    marks: str
    marked: str


def update_history(results: Path) -> bool:
    """Add the valid runs that are not known yet, and return whether there were any.

    Whoever runs beside waits. Raises Missing when it cannot be written, and UsageError when the
    file is no history.
    """
    with lock_history(results):
        rows, marked = _read(results / HISTORY), _read(results / MARKED)
        known = {row["run_id"] for row in (*rows, *marked, *_read(results / WITHDRAWN))}
        new = [*_new(results, known)]
        for name, present, added in (
            (HISTORY, rows, [_row(result) for result in new if not result.marks]),
            (MARKED, marked, [_row(result) | _marks(result) for result in new if result.marks]),
        ):
            if added:
                _write(results / name, [*present, *added])
    return bool(new)


def withdraw_runs(results: Path, run_ids: Sequence[str], reason: str) -> None:
    """Move runs from the history to withdrawn.csv.

    Raises UsageError without a reason, and where a run is not in the history.
    """
    if not reason.strip():
        raise UsageError(
            "The withdrawal has no reason.",
            why="a withdrawn run stays in the table, with the reason",
            do='add --reason "…" (with make: REASON="…")',
        )
    with lock_history(results):
        gone = read_withdrawals(results)
        rows = [row for row in _read(results / HISTORY) if row["run_id"] not in gone]
        for run_id in run_ids:
            if run_id in gone:
                raise UsageError(
                    f"Run {run_id} is withdrawn already.", why=f"the reason was: {gone[run_id]}"
                )
            if run_id not in {row["run_id"] for row in rows}:
                raise UsageError(
                    f"Run {run_id} is not in the history.",
                    why="the history has valid runs alone, and none that is marked",
                    do="name a run that `make history` lists",
                )
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        withdrawal = dict(zip(WITHDRAWAL, (now, " ".join(reason.split())), strict=True))
        moved = [row | withdrawal for row in rows if row["run_id"] in run_ids]
        # Ended in between, the run is in both files, and counts as withdrawn.
        _write(results / WITHDRAWN, [*_read(results / WITHDRAWN), *moved])
        _write(results / HISTORY, [row for row in rows if row["run_id"] not in run_ids])


def read_withdrawals(results: Path) -> dict[str, str]:
    """Return the reason for each withdrawn run by its id."""
    return {row["run_id"]: row["reason"] for row in _read(results / WITHDRAWN)}


def read_entries(results: Path, *, marked: bool = False) -> list[HistoryEntry]:
    """Return the runs in the history, oldest first, and those that are `marked` if asked for."""
    entries = [entry for entry in read_all_entries(results) if not entry.withdrawn]
    return [entry for entry in entries if marked or not entry.marks]


def read_all_entries(results: Path) -> list[HistoryEntry]:
    """Return the runs in the history, the withdrawn and the marked ones, oldest first."""
    gone = _read(results / WITHDRAWN)
    ids = {row["run_id"] for row in gone}
    present = [row for row in _read(results / HISTORY) if row["run_id"] not in ids]
    rows = (*present, *gone, *_read(results / MARKED))
    return sorted(map(_entry, rows), key=lambda entry: (entry.time, entry.run_id))


def read_marked(results: Path) -> list[HistoryEntry]:
    """Return the marked runs, oldest first."""
    return [entry for entry in read_all_entries(results) if entry.marks]


@contextmanager
def lock_history(results: Path) -> Iterator[None]:
    """Wait for the lock on files made from all runs, and hold it."""
    store.check_folders(results)
    lock = results / ".history.lock"
    with store.translate_write_errors(lock, anything=True):
        results.mkdir(parents=True, exist_ok=True)
        lock.touch()
    with locks.wait_for(lock, lambda: None):
        yield


def _new(results: Path, known: Iterable[str]) -> Iterator[models.Result]:
    """Yield the records of valid runs that are not known."""
    for run_id in store.list_runs(results):
        if run_id in known:
            continue
        # A record that cannot be read, or not any more, has no figures.
        with contextlib.suppress(UsageError):
            result = store.read_result(store.find_run(results, run_id))
            # How fast a run was in which something broke tells of that, and of nothing else.
            if result.status == "valid" and result.fault is None:
                yield result


def _row(result: models.Result) -> Cells:
    place = result.environment
    attributes = (
        f"{result.started_utc.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        result.run_id,
        conditions.name_series(result),
        place.git.commit or "",
        units.UNKNOWN if place.git.dirty is None else str(place.git.dirty).lower(),
        place.host.fingerprint,
        result.profile,
        place.config_sha256,
        result.group or "",
    )
    figures = {
        name: repr(math.nan if value is None else float(value))
        for name, value in metrics.read_metrics(result).items()
        if _is_kept(name)
    }
    return dict(zip(ATTRIBUTES, attributes, strict=True)) | figures


def _marks(result: models.Result) -> Cells:
    return dict(
        zip(MARKS, (", ".join(result.marks), "; ".join(result.marks.values())), strict=True)
    )


def _is_kept(name: str) -> bool:
    """Return whether the history keeps a figure; of services, only metrics with a limit."""
    metric, of_service, _ = name.partition(".")
    return not of_service or metrics.METRICS[metric].limit is not None


def _entry(row: Cells) -> HistoryEntry:
    """Parse a row; raise ValueError for a malformed figure or time."""
    others = {*ATTRIBUTES, *WITHDRAWAL, *MARKS}
    figures = {name: float(cell) for name, cell in row.items() if name not in others}
    time = datetime.fromisoformat(row["time"])
    if time.tzinfo is None:
        raise ValueError(f"the time {row['time']!r} has no zone")
    return HistoryEntry(
        time=time,
        run_id=row["run_id"],
        branch=row["branch"],
        commit=row["commit"],
        # A run of no known commit had `false` here before.
        dirty=DIRTY.get(row["dirty"]) if row["commit"] else None,
        profile=row["profile"],
        config_sha256=row["config_sha256"],
        group=row["group"],
        figures={name: None if math.isnan(v) else v for name, v in figures.items()},
        withdrawn=row["reason"] if WITHDRAWAL[0] in row else "",
        marks=row.get("marks", ""),
        marked=row["reason"] if "marks" in row else "",
    )


def _read(path: Path) -> list[Cells]:
    """Return the rows of a file, none where it is missing. Raise UsageError for another table."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = [*reader]
            header = reader.fieldnames or ()
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        why = f"{type(error).__name__}: {error}"
        raise UsageError(f"{path} cannot be read.", why=why, do=_renew(path)) from error
    whole = all(None not in row and None not in row.values() for row in rows)
    if not whole or not {*ATTRIBUTES} <= {*header}:
        raise UsageError(
            f"{path} is no history of runs.",
            why=f"it lacks columns or cells; a history has {', '.join(ATTRIBUTES)}",
            do=_renew(path),
        )
    for number, row in enumerate(rows, 1):
        try:
            _entry(row)
        except ValueError as error:
            raise UsageError(
                f"{path} is no history of runs.",
                why=f"row {number}: {error}",
                do=_renew(path),
            ) from error
    return rows


def _renew(path: Path) -> str:
    then = "withdraw its runs again" if path.name == WITHDRAWN else "`make history` makes it anew"
    return f"mend it, or move it away (then {then}): mv {path} {path}.old"


def _write(path: Path, rows: Sequence[Cells]) -> None:
    """Write a file whole, with the columns of all rows."""
    header = dict.fromkeys([*ATTRIBUTES, *(name for row in rows for name in row)])
    text = io.StringIO()
    writer = csv.DictWriter(text, [*header], restval="nan", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: (row["time"], row["run_id"])))
    store.write_file(path, text.getvalue())
