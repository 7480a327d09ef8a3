"""The index of a results folder: runs, valid or not, checks, fault runs and comparisons."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from harness.errors import UsageError
from harness.record import check_record, fault_record, history, metrics, models, store

Kind = TypeVar("Kind", bound=models.Record)

CHECKS, COMPARISONS, FAULTS = "checks", "comparisons", "faults"
HISTORY_PAGE = "history.html"
# The newer first: runs made before there were HTML pages have only the other.
PAGES = ("report.html", "report.md")


@dataclass(frozen=True, slots=True)
class IndexedRun:
    """One run: its status in a word, why it is not valid or not counted, its metrics by name.

    `page` is the address of its report, relative to the results folder; empty where it has none.
    """

    run_id: str
    status: str
    why: str
    profile: str
    group: str
    commit: str
    dirty: bool | None
    figures: Mapping[str, float | None]
    page: str


@dataclass(frozen=True, slots=True)
class ResultsIndex:
    """Everything, the newest first; comparisons by the names of their pages."""

    runs: tuple[IndexedRun, ...]
    checks: tuple[check_record.CheckRecord, ...]
    faults: tuple[fault_record.FaultsRecord, ...]
    comparisons: tuple[str, ...]
    has_history: bool


def read_index(results: Path) -> ResultsIndex:
    """Read a results folder; runs in the history are not read again from their folders.

    Raises UsageError when the history cannot be read.
    """
    told = {entry.run_id: _told(results, entry) for entry in history.read_all_entries(results)}
    others = (_found(results, run_id) for run_id in store.list_runs(results) if run_id not in told)
    return ResultsIndex(
        runs=tuple(sorted((*told.values(), *others), key=lambda run: run.run_id, reverse=True)),
        checks=tuple(_records(results / CHECKS, "check.json", check_record.CheckRecord)),
        faults=tuple(_records(results / FAULTS, "faults.json", fault_record.FaultsRecord)),
        comparisons=tuple(sorted(path.stem for path in (results / COMPARISONS).glob("*.html"))),
        has_history=(results / HISTORY_PAGE).is_file(),
    )


def find_page(results: Path, run_id: str) -> str:
    """Return the address of a run's report relative to the results folder; empty without one."""
    folder = Path("runs") / run_id
    found = (folder / name for name in PAGES if store.has_file(results / folder / name))
    return str(next(found, ""))


def _told(results: Path, entry: history.HistoryEntry) -> IndexedRun:
    return IndexedRun(
        run_id=entry.run_id,
        status=_status(entry),
        why=entry.withdrawn or entry.marked,
        profile=entry.profile,
        group=entry.group,
        commit=entry.commit,
        dirty=entry.dirty,
        figures=entry.figures,
        page=find_page(results, entry.run_id),
    )


def _status(entry: history.HistoryEntry) -> str:
    """Return the status as the record's verdict has it, as `valid, disturbed`."""
    if entry.withdrawn:
        return "withdrawn"
    return f"valid, {entry.marks}" if entry.marks else "valid"


def _found(results: Path, run_id: str) -> IndexedRun:
    try:
        result = store.read_result(results / "runs" / run_id)
    except UsageError as error:
        return IndexedRun(
            run_id, "unreadable", error.why, "", "", "", None, {}, find_page(results, run_id)
        )
    git = result.environment.git
    return IndexedRun(
        run_id=run_id,
        status=result.verdict,
        why="; ".join(
            " ".join(reason.split()) for reason in (*result.reasons, *result.marks.values())
        ),
        profile=result.profile,
        group=result.group or "",
        commit=git.commit or "",
        dirty=git.dirty,
        figures=metrics.read_metrics(result),
        page=find_page(results, run_id),
    )


def _records(folder: Path, name: str, kind: type[Kind]) -> Iterator[Kind]:
    """Yield the records that can be read; an unfinished check or fault series has none."""
    for path in sorted(folder.glob(f"*/{name}"), reverse=True):
        # Another version's record is not shown.
        with contextlib.suppress(OSError, ValidationError):
            yield kind.model_validate_json(path.read_bytes())
