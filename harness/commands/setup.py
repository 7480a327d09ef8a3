"""`setup`: fetch, check and prepare what a run needs; the second time nothing is to do."""

from collections.abc import Sequence

from harness.commands.cluster import prepare_cluster
from harness.config import layers


def run(profile: str, settings: Sequence[str]) -> None:
    """Prepare a run of a profile."""
    with prepare_cluster("setup", layers.load_config(profile, settings)):
        pass
