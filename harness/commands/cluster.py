"""The cluster of this repository, as the verbs hold, prepare and find it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from harness.cluster.backends.backend import Backend
from harness.cluster.backends.registry import find_backend
from harness.cluster.state import State
from harness.config import layers, model
from harness.errors import Missing
from harness.run import provisioning, setup
from harness.system import locks, paths, process, progress, signals


def get_cluster(config: model.Config | None = None) -> Backend:
    """Return the cluster that is up, or else the cluster to be started for `config`."""
    return find_backend(paths.ROOT, paths.WORK / "cluster", config)


def get_clusters() -> tuple[Backend, ...]:
    """Return the cluster of this repository, and that of its warm-up."""
    return get_cluster(), find_backend(paths.ROOT, setup.warm_up_folder(paths.WORK))


def get_state() -> State:
    """Return the state of the cluster; raise Missing where none is up."""
    state = get_cluster().state()
    if state is None:
        raise Missing("No cluster is up.", do="start one with `make up`")
    return state


def get_config() -> model.Config:
    """Return the configuration of the cluster that is up; raise Missing where none is."""
    return layers.restore_config(get_state().config)


@contextmanager
def hold_cluster(verb: str) -> Iterator[None]:
    """Keep other verbs from this cluster; raise Missing where one is at work.

    First stops what a verb that was killed has left running.
    """
    # The work folder holds logs and state: for its user alone.
    paths.WORK.mkdir(mode=0o700, exist_ok=True)
    with locks.hold(paths.WORK / "lock", verb):
        for cluster in get_clusters():
            cluster.sweep()
        yield


@contextmanager
def prepare_cluster(verb: str, config: model.Config) -> Iterator[None]:
    """Hold the cluster, and install and prepare first what a run needs."""
    with hold_cluster(verb):
        setup.ensure(paths.ROOT, paths.WORK, config, progress.Display())
        yield


@contextmanager
def share_cluster(config: model.Config) -> Iterator[None]:
    """Keep one cluster for several runs: start it where none is up, and stop it then."""
    cluster, display = get_cluster(config), progress.Display()
    if cluster.state() is not None:
        yield
        return
    try:
        cluster.open(config, process.Identity.from_pid(os.getpid()))
        with display.stage("provision") as stage:
            cluster.start(config, cluster.services, provisioning.show_progress(stage))
        yield
    finally:
        with signals.deferred(), display.stage("teardown"):
            cluster.close()
