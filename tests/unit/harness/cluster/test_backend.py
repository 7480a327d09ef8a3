"""Which backend a cluster's folder has: that of the cluster that is up there comes first."""

from __future__ import annotations

import os
import re
from pathlib import Path

from harness.cluster import backend, services
from harness.cluster.native import NativeCluster
from harness.cluster.state import State
from harness.config import Config
from harness.process import Identity

ROOT = Path(__file__).resolve().parents[4]
CONFIG = Config(profile="bench")


def test_every_one_is_a_class_with_the_methods_of_a_backend(tmp_path: Path) -> None:
    methods = {name for name in vars(backend.Backend) if not name.startswith("_")}
    assert {"start", "stop", "addresses", "sessions"} <= methods
    for kind in backend.KINDS.values():
        assert all(hasattr(kind(tmp_path, tmp_path), name) for name in methods)


def test_without_a_cluster_it_is_that_of_the_configuration(tmp_path: Path) -> None:
    assert isinstance(backend.of(tmp_path, tmp_path, CONFIG), NativeCluster)
    assert isinstance(backend.of(tmp_path, tmp_path), NativeCluster)
    assert backend.of(tmp_path, tmp_path, CONFIG).services == services.NAMES


def test_nobody_outside_asks_which_it_is() -> None:
    asks = re.compile(r"\.backend\s*(==|!=|in\b)|NativeCluster|ExternalCluster|ComposeCluster")
    outside = [
        path
        for path in (ROOT / "harness").rglob("*.py")
        if ROOT / "harness" / "cluster" not in path.parents
    ]
    assert len(outside) > 50
    assert [path.name for path in outside if asks.search(path.read_text(encoding="utf-8"))] == []


def test_that_of_a_cluster_that_is_up_is_kept(tmp_path: Path) -> None:
    here = Identity.of(os.getpid())
    State(config=CONFIG.model_dump(mode="json"), owner=None, supervisor=here).save(tmp_path)

    found = backend.of(tmp_path, tmp_path, CONFIG)

    assert found.state() is not None
    assert isinstance(found, NativeCluster)
