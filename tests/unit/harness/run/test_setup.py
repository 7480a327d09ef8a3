"""The warm-up: a small run whose error is raised, and whose figures are for nobody."""

from pathlib import Path

import pytest

from harness.config import layers
from harness.errors import InvalidRun
from harness.run import setup
from harness.run.run import FinishedRun
from harness.system.progress import Display
from tests.unit.harness.compare import runs

CONFIG = layers.load_config("bench", environment={})


def warm_up(work: Path, finished: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "execute", lambda *_: finished)
    setup.warm_up(work, work, CONFIG, Display())


def test_warm_up_may_be_over_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = runs.make(1)
    over = result.budget.model_copy(update={"within": False})
    warm_up(tmp_path, FinishedRun(result.model_copy(update={"budget": over}), None), monkeypatch)


def test_warm_up_that_lost_events_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = runs.make(1, status="invalid", reasons=("2 events are missing",))
    with pytest.raises(InvalidRun, match="not valid"):
        warm_up(tmp_path, FinishedRun(lost, None), monkeypatch)
