"""Which backend a cluster's folder has: that of the cluster that is up there comes first."""

import os
from pathlib import Path

from harness.cluster.backends.external.backend import ExternalBackend
from harness.cluster.backends.native import NativeBackend
from harness.cluster.backends.registry import find_backend
from harness.cluster.services import registry
from harness.cluster.state import State
from harness.config import layers
from harness.config.model import Config
from harness.system.process import Identity
from tests.unit.harness.config.test_external import ENVIRONMENT

CONFIG = Config(profile="bench")


def test_without_a_cluster_it_is_that_of_the_configuration(tmp_path: Path) -> None:
    external = layers.load_config("bench", environment=ENVIRONMENT)
    assert isinstance(find_backend(tmp_path, tmp_path, external), ExternalBackend)
    assert find_backend(tmp_path, tmp_path, external).services == ("streaming", "web")
    assert isinstance(find_backend(tmp_path, tmp_path, CONFIG), NativeBackend)
    assert isinstance(find_backend(tmp_path, tmp_path), NativeBackend)
    assert find_backend(tmp_path, tmp_path, CONFIG).services == registry.NAMES


def test_that_of_a_cluster_that_is_up_is_kept(tmp_path: Path) -> None:
    here = Identity.from_pid(os.getpid())
    State(config=CONFIG.model_dump(mode="json"), owner=None, supervisor=here).save(tmp_path)

    external = layers.load_config("bench", environment=ENVIRONMENT)

    assert isinstance(find_backend(tmp_path, tmp_path, external), NativeBackend)


def test_that_of_one_that_was_killed_is_for_closing_it_alone(tmp_path: Path) -> None:
    external = layers.load_config("bench", environment=ENVIRONMENT)
    gone = Identity.from_pid(os.getpid()).model_copy(update={"started": 1})
    State(config=external.model_dump(mode="json"), owner=None, supervisor=gone).save(tmp_path)

    assert isinstance(find_backend(tmp_path, tmp_path), ExternalBackend)
    assert isinstance(find_backend(tmp_path, tmp_path, CONFIG), NativeBackend)
