"""A failpoint: it kills the job between two steps of a commit, where no signal from outside can."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from contract.failpoints import FailpointName


@dataclass(frozen=True)
class Failpoint:
    """The failpoint of a fault run, set by `STREAMING_FAILPOINT=NAME:FILE`.

    It is armed once FILE is there. Firing removes the file, which spares the next process.
    """

    name: str
    file: Path

    def reach(self, name: FailpointName) -> None:
        """Kill the job's process group if this is the failpoint and it is armed."""
        if name == self.name and self.file.exists():
            self.file.unlink()
            os.killpg(0, signal.SIGKILL)
