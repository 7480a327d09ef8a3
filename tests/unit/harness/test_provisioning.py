"""What a run refuses of a cluster that stands."""

from __future__ import annotations

import pytest

from harness import config, provisioning
from harness.cluster.state import State
from harness.errors import Missing, UsageError

STANDING = State(config=config.load("bench", ["seed=7"]).model_dump(mode="json"), owner=None)


def test_engines_of_another_kind_are_refused() -> None:
    provisioning.check_same(STANDING, config.load("smoke", ["app.publish=queued"]))
    with pytest.raises(Missing, match=r"\[kafka\]"):
        provisioning.check_same(STANDING, config.load("bench", ["kafka.partitions=3"]))


def test_events_of_another_seed_do_not_stay() -> None:
    provisioning.check_seed(STANDING, config.load("smoke", ["seed=7"]))
    with pytest.raises(UsageError, match="seed 7") as caught:
        provisioning.check_seed(STANDING, config.load("bench"))
    assert 'SET="seed=7"' in caught.value.do
