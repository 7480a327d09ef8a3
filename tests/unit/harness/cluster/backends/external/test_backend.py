"""The backend external, as far as it goes without engines."""

import os
from pathlib import Path

import pytest

from harness.cluster.backends.external.backend import ExternalBackend
from harness.cluster.backends.external.namespace import Namespace
from harness.cluster.state import State
from harness.config import layers
from harness.system.process import Identity
from tests.unit.harness.config.test_external import ENVIRONMENT


def test_release_removes_the_names_unless_they_are_to_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []
    monkeypatch.setattr(Namespace, "remove", lambda self: removed.append(self.events.name))
    backend = ExternalBackend(tmp_path, tmp_path)

    backend.release(layers.load_config("bench", ["external.keep=true"], environment=ENVIRONMENT))
    assert removed == []
    backend.release(layers.load_config("bench", environment=ENVIRONMENT))
    assert removed == ["pipeline_benchmark_menu_app_events"]


def test_sweep_releases_what_a_killed_supervisor_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    removed: list[str] = []
    monkeypatch.setattr(Namespace, "remove", lambda self: removed.append(self.events.name))
    gone = Identity.from_pid(os.getpid()).model_copy(update={"started": 1})
    asked = layers.load_config("bench", environment=ENVIRONMENT).model_dump(mode="json")
    State(config=asked, owner=None, supervisor=gone).save(tmp_path)

    ExternalBackend(tmp_path, tmp_path).sweep()

    assert removed == ["pipeline_benchmark_menu_app_events"]
    assert State.read(tmp_path) is None
