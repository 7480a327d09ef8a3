"""`setup`: fetch, check and prepare what a run needs; the second time nothing is to do."""

from __future__ import annotations

from collections.abc import Sequence

from harness import config as configuration
from harness.commands.cluster import prepare_cluster


def run(profile: str, settings: Sequence[str]) -> None:
    """Prepare a run of a profile."""
    with prepare_cluster("setup", configuration.load(profile, settings)):
        pass
