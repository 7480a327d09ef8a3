"""`down`: stop the cluster, and what a killed supervisor has left."""

from harness.commands.cluster import get_clusters, hold_cluster
from harness.system.progress import Display


def run() -> None:
    """Stop the cluster."""
    with hold_cluster("down"), Display().stage("teardown"):
        for cluster in get_clusters():
            cluster.close()
