"""A results folder of the tests' own."""

from pathlib import Path

import pytest

from harness.record import history, store
from harness.report.pages import run_folder
from harness.system import paths


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A results folder that is empty, and a work folder."""
    monkeypatch.setattr(paths, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(paths, "WORK", tmp_path / "work")
    return tmp_path / "results"


@pytest.fixture
def read_only(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results that cannot be written, as another user's."""

    def refuse(*_: object, **_named: object) -> None:
        raise store.NotWritten("The results cannot be written.")

    monkeypatch.setattr(store, "write_file", refuse)
    monkeypatch.setattr(history, "lock_history", refuse)
    monkeypatch.setattr(run_folder, "write_run_pages", refuse)
