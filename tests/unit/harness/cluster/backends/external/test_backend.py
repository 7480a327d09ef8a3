"""The backend external, as far as it goes without engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cluster.backends.external.backend import ExternalBackend
from harness.cluster.backends.external.namespace import Namespace
from harness.config import layers
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
