"""Which backend a cluster's folder has: that of the cluster that is up there comes first."""

from __future__ import annotations

import os
import re
from pathlib import Path

from harness import config
from harness.cluster.backends import backend
from harness.cluster.backends.external_cluster import ExternalCluster
from harness.cluster.backends.native import NativeCluster
from harness.cluster.services import registry
from harness.cluster.state import State
from harness.config import Config
from harness.system.paths import ROOT
from harness.system.process import Identity
from tests.unit.harness.config.test_external import ENVIRONMENT

CONFIG = Config(profile="bench")


def test_every_one_is_a_class_with_the_methods_of_a_backend(tmp_path: Path) -> None:
    methods = {name for name in vars(backend.Backend) if not name.startswith("_")}
    assert {"start", "stop", "addresses", "sessions"} <= methods
    for kind in backend.KINDS.values():
        assert all(hasattr(kind(tmp_path, tmp_path), name) for name in methods)


def test_without_a_cluster_it_is_that_of_the_configuration(tmp_path: Path) -> None:
    external = config.load("bench", environment=ENVIRONMENT)
    assert isinstance(backend.of(tmp_path, tmp_path, external), ExternalCluster)
    assert backend.of(tmp_path, tmp_path, external).services == ("streaming", "web")
    assert type(backend.of(tmp_path, tmp_path, CONFIG)) is NativeCluster
    assert isinstance(backend.of(tmp_path, tmp_path), NativeCluster)
    assert backend.of(tmp_path, tmp_path, CONFIG).services == registry.NAMES


def test_nobody_outside_asks_which_it_is() -> None:
    asks = re.compile(r"\.backend\s*(==|!=|in\b)|NativeCluster|ExternalCluster|ComposeCluster")
    # The configuration is where it is said, and what one of them wants is looked at.
    outside = [
        path
        for path in (ROOT / "harness").rglob("*.py")
        if ROOT / "harness" / "cluster" not in path.parents and path.parent.name != "config"
    ]
    assert len(outside) > 50
    assert [path.name for path in outside if asks.search(path.read_text(encoding="utf-8"))] == []


def test_that_of_a_cluster_that_is_up_is_kept(tmp_path: Path) -> None:
    here = Identity.of(os.getpid())
    State(config=CONFIG.model_dump(mode="json"), owner=None, supervisor=here).save(tmp_path)

    external = config.load("bench", environment=ENVIRONMENT)

    assert type(backend.of(tmp_path, tmp_path, external)) is NativeCluster


def test_that_of_one_that_was_killed_is_for_closing_it_alone(tmp_path: Path) -> None:
    external = config.load("bench", environment=ENVIRONMENT)
    gone = Identity.of(os.getpid()).model_copy(update={"started": 1})
    State(config=external.model_dump(mode="json"), owner=None, supervisor=gone).save(tmp_path)

    assert isinstance(backend.of(tmp_path, tmp_path), ExternalCluster)
    assert type(backend.of(tmp_path, tmp_path, CONFIG)) is NativeCluster
