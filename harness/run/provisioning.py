"""The provisioning's progress, and the standing clusters that a run refuses."""

from collections.abc import Callable

from harness.cluster.state import Health, State
from harness.config.layers import restore_config
from harness.config.model import Config
from harness.errors import Missing, UsageError
from harness.system.progress import Stage


def show_progress(stage: Stage) -> Callable[[State], None]:
    """Return a function that shows on `stage` which services are ready, and what others await."""

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


# The sections that a run takes as the standing cluster has them.
STANDING = ("backend", "kafka", "hdfs", "metastore", "presto", "external", "budget")

# The sections that a service reads at its start: they may change between two starts.
SETTINGS = {"web": ("app", "fault"), "streaming": ("streaming", "fault")}


def find_changed(state: State, config: Config) -> set[str]:
    """Return the services that run under other settings than `config` has."""
    changed = _find_changed_sections(state, config)
    return {name for name, sections in SETTINGS.items() if changed.intersection(sections)}


def check_same(state: State, config: Config) -> None:
    """Raise Missing where the standing cluster's engines or limits are others."""
    changed = _find_changed_sections(state, config)
    for section in STANDING:
        if section in changed:
            raise Missing(
                f"The running cluster was started with different [{section}] settings.",
                do="`make down`, then run it again",
            )


def check_seed(state: State, config: Config) -> None:
    """Raise UsageError where the events that stay were made with another seed."""
    standing = restore_config(state.config)
    if standing.seed != config.seed:
        raise UsageError(
            f"The stored events were made with seed {standing.seed}.",
            why=f"with seed {config.seed}, their expected content is not known",
            do=f'add SET="seed={standing.seed}", or `make down` first',
        )


def _find_changed_sections(state: State, config: Config) -> set[str]:
    # By the dumped values: the state has no secrets, and they do not tell clusters apart.
    standing, wanted = restore_config(state.config).model_dump(), config.model_dump()
    return {section for section, values in wanted.items() if standing[section] != values}
