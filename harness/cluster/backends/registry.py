"""The list of backends: a new one is one module or package and one line here."""

from collections.abc import Mapping
from pathlib import Path

from harness.cluster.backends.backend import Backend
from harness.cluster.backends.compose.backend import ComposeBackend
from harness.cluster.backends.external.backend import ExternalBackend
from harness.cluster.backends.native import NativeBackend
from harness.cluster.state import State
from harness.config.model import BackendName, Config

KINDS: Mapping[BackendName, type[Backend]] = {
    "native": NativeBackend,
    "compose": ComposeBackend,
    "external": ExternalBackend,
}


def find_backend(root: Path, folder: Path, config: Config | None = None) -> Backend:
    """Return the backend of the cluster that is up in `folder`, else that of `config`.

    Without `config`, a cluster whose supervisor was killed still decides.
    """
    state = State.read(folder)
    if state is not None and (state.running() or config is None):
        return KINDS[state.config["backend"]](root, folder)
    return KINDS["native" if config is None else config.backend](root, folder)
