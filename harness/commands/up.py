"""`up`: start the cluster, or the services that do not run as configured, and leave it."""

from collections.abc import Sequence

from harness.commands import status
from harness.commands.cluster import get_cluster, prepare_cluster
from harness.config import layers
from harness.run import provisioning
from harness.system.progress import Display


def run(profile: str, settings: Sequence[str]) -> None:
    """Start the cluster and print its services."""
    config = layers.load_config(profile, settings)
    with prepare_cluster("up", config):
        cluster = get_cluster(config)
        state = cluster.state()
        if state is None:
            cluster.open(config, owner=None)
        else:
            provisioning.check_seed(state, config)
            provisioning.check_same(state, config)
            cluster.stop(provisioning.find_changed(state, config))
        try:
            with Display().stage("provision") as stage:
                cluster.start(config, cluster.services, provisioning.show_progress(stage))
        except BaseException:
            cluster.close()
            raise
    status.run()
