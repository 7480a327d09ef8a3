"""`status`: the services of the cluster."""

import click
from tabulate import tabulate

from harness.commands.cluster import get_cluster, get_state


def run() -> None:
    """Print the services; raise Missing where no cluster is up, ServiceFailed for a dead one."""
    rows = [
        (name, status.health, status.leader and status.leader.pid, status.ready_s)
        for name, status in get_state().services.items()
    ]
    headers = ("service", "health", "pid", "ready after s")
    click.echo(tabulate(rows, headers, floatfmt=".1f"))
    get_cluster().check()
