"""What the provisioning shows, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

from harness.cluster.state import Health, State
from harness.config.model import Config
from harness.errors import Missing, UsageError
from harness.system.progress import Stage


def watch(stage: Stage) -> Callable[[State], None]:
    """Shows on `stage` how many services are ready and what the others wait for."""

    def show(state: State) -> None:
        services = state.services
        ready = sum(status.health is Health.READY for status in services.values())
        missing = [
            f"{name}: {status.waiting_for[:60] or status.health}"
            for name, status in services.items()
            if status.health is not Health.READY
        ]
        stage.update("; ".join(missing), ready, len(services))

    return show


# Who runs the engines, their sections, which a run takes as they stand, and what they are held to.
STANDING = ("backend", "kafka", "hdfs", "metastore", "presto", "external", "budget")

# The sections that a service begins with, which may be others the next time.
SETTINGS = {"web": ("app", "fault"), "streaming": ("streaming", "fault")}


def changed(state: State, config: Config) -> set[str]:
    """The services that stand under other settings than they are wanted under."""
    standing, wanted = (one.model_dump() for one in (Config.model_validate(state.config), config))
    return {
        name
        for name, sections in SETTINGS.items()
        if any(standing[section] != wanted[section] for section in sections)
    }


def check_same(state: State, config: Config) -> None:
    """Raises Missing when the standing cluster's engines or limits are others."""
    # By what is written down: secrets are not, and are no part of what a cluster is.
    standing, wanted = (one.model_dump() for one in (Config.model_validate(state.config), config))
    for section in STANDING:
        if standing[section] != wanted[section]:
            raise Missing(
                f"The cluster that is up has another [{section}].",
                do="`make down`, then run it again",
            )


def check_seed(state: State, config: Config) -> None:
    """Raises UsageError when the events that stay were made with another seed."""
    standing = Config.model_validate(state.config)
    if standing.seed != config.seed:
        raise UsageError(
            f"The events that are there were made with seed {standing.seed}.",
            why=f"with seed {config.seed}, no one could tell what they should hold",
            do=f'add SET="seed={standing.seed}", or `make down` first',
        )
