"""Who holds the cluster, and what is done first."""

from pathlib import Path

import pytest

from harness.cluster.backends.native import NativeBackend
from harness.commands import cluster
from harness.run import setup
from harness.system import paths


def test_what_killed_verbs_have_left_is_swept_up_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swept: list[Path] = []
    monkeypatch.setattr(NativeBackend, "sweep", lambda one: swept.append(one.folder))

    with cluster.hold_cluster("bench"):
        assert swept == [paths.WORK / "cluster", setup.warm_up_folder(paths.WORK)]
