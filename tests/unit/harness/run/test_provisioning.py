"""What a run refuses of a cluster that stands."""

import pytest

from harness.cluster.state import State
from harness.config import layers
from harness.errors import Missing, UsageError
from harness.run import provisioning
from tests.unit.harness.config.test_external import ENVIRONMENT

STANDING = State(config=layers.load_config("bench", ["seed=7"]).model_dump(mode="json"), owner=None)


def test_engines_of_another_kind_are_refused() -> None:
    provisioning.check_same(STANDING, layers.load_config("smoke", ["app.publish=queued"]))
    with pytest.raises(Missing, match=r"\[kafka\]"):
        provisioning.check_same(STANDING, layers.load_config("bench", ["kafka.partitions=3"]))


def test_services_whose_settings_are_others_by_now_are_told() -> None:
    changes = {
        "load.concurrency=8": set(),
        "app.publish=queued": {"web"},
        "streaming.trigger_s=2": {"streaming"},
        "fault.clock=true": {"web", "streaming"},
    }
    for change, names in changes.items():
        assert (
            provisioning.find_changed(STANDING, layers.load_config("bench", ["seed=7", change]))
            == names
        )


def test_another_backend_is_refused() -> None:
    external = layers.load_config("bench", environment=ENVIRONMENT)
    with pytest.raises(Missing, match=r"\[backend\]"):
        provisioning.check_same(STANDING, external)
    # A password is no part of what is written down of a cluster.
    standing = State(config=external.model_dump(mode="json"), owner=None)
    provisioning.check_same(standing, external)
    other = layers.load_config("bench", ["external.prefix=another"], environment=ENVIRONMENT)
    with pytest.raises(Missing, match=r"\[external\]"):
        provisioning.check_same(standing, other)


def test_events_of_another_seed_do_not_stay() -> None:
    provisioning.check_seed(STANDING, layers.load_config("smoke", ["seed=7"]))
    with pytest.raises(UsageError, match="seed 7") as caught:
        provisioning.check_seed(STANDING, layers.load_config("bench"))
    assert 'SET="seed=7"' in caught.value.do
