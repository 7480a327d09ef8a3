"""`all`: one run from nothing to nothing, on a cluster of its own."""

from collections.abc import Sequence

from harness.commands import bench, cluster
from harness.config import layers


def run(profile: str, settings: Sequence[str]) -> None:
    """Stop the cluster that is up, then run the benchmark once."""
    config = layers.load_config(profile, settings)
    with cluster.prepare_cluster("all", config):
        cluster.get_cluster().close()
        bench.run_once(config, keep=False)
