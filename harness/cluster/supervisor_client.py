"""The client of a cluster's supervisor: starts it, sends it requests, and waits for its end."""

import json
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.cluster.state import State, control_socket
from harness.config.model import Config
from harness.errors import HarnessError, ServiceFailed
from harness.system.child_environment import HARNESS, create_environment
from harness.system.waiting import wait_until

POLL_S = 0.1
START_S = 10.0
# The supervisor gives its services less time than this to end, all waves together.
END_S = 120.0

Watch = Callable[[State], None]


class SupervisorClient:
    """Talks to the supervisor of the cluster in one folder, which outlives this process."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self.log = folder / "logs" / "supervisor.log"

    def read_state(self) -> State | None:
        """Return what the supervisor wrote down; None where none lives."""
        state = State.read(self.folder)
        return state if state is not None and state.running() else None

    def launch(self, config: Config) -> None:
        """Start a supervisor for the state file in the folder.

        Raises ServiceFailed where it does not come up in time.
        """
        with self.log.open("ab") as output:
            launched = subprocess.run(
                [
                    *(sys.executable, "-m", "harness.cluster.supervisor"),
                    *(str(self.root), str(self.folder)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.root,
                env=create_environment(HARNESS, config.secrets()),
                check=False,
            )
        within_s = START_S * config.deadlines.patience
        if launched.returncode != 0 or not wait_until(
            lambda: self.read_state() is not None, within_s=within_s, poll_s=POLL_S / 2
        ):
            raise ServiceFailed(
                "The cluster's supervisor did not start.",
                do="read its log, then run it again",
                log=self.log,
            )

    def ask(self, request: Mapping[str, object], watch: Watch = lambda _: None) -> None:
        """Send one request and wait for its answer; raises the error that it holds.

        `watch` is called with the state about ten times a second meanwhile.
        """
        with socket.socket(socket.AF_UNIX) as control:
            try:
                with control_socket(self.folder) as path:
                    control.connect(path)
                control.sendall(json.dumps(request).encode() + b"\n")
                while not select.select([control], [], [], POLL_S)[0]:
                    state = self.read_state()
                    if state is not None:
                        watch(state)
                reply = control.makefile("rb").readline()
            except OSError as error:
                raise self._unanswered() from error
        if not reply:
            raise self._unanswered()
        fields = json.loads(reply)
        if fields:
            raise HarnessError.from_dict(fields)

    def wait_for_end(self, state: State) -> None:
        """Wait until a state's supervisor has ended; raises ServiceFailed where it does not."""
        within_s = END_S * state.patience
        if not wait_until(lambda: not state.running(), within_s=within_s, poll_s=POLL_S / 2):
            raise self._unanswered()

    def _unanswered(self) -> ServiceFailed:
        return ServiceFailed(
            "The cluster's supervisor does not answer.",
            do="`make down` ends what is left of the cluster",
            log=self.log,
        )
