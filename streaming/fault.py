"""Where a fault run kills the job: at moments of a commit that no signal from outside can hit.

`STREAMING_FAULT=POINT:FILE` names the point: `staged` is between staging and rename, `renamed`
between rename and commit log, `logged` between commit log and Spark's own commit. Once FILE is
there, the job removes it and kills its process group when it next comes to the point.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame

from contract.commit_log import Commit
from streaming.filesystem import FileSystem
from streaming.log import CommitLog
from streaming.stage import Counts, Stage


@dataclass(frozen=True)
class Fault:
    """A point of a commit, and the file that lets it strike once."""

    point: str
    file: Path

    def pass_by(self, point: str) -> None:
        """Kill the job where this is the point, and it may strike."""
        if point == self.point and self.file.exists():
            self.file.unlink()
            os.killpg(0, signal.SIGKILL)


class FaultyStage(Stage):
    """A stage that can strike when a batch is written."""

    def __init__(self, uri: str, partitions: Sequence[int], fault: Fault) -> None:
        super().__init__(uri, partitions)
        self._fault = fault

    def write(self, rows: DataFrame, following: Mapping[int, int]) -> Counts:
        """Write the rows."""
        counts = super().write(rows, following)
        if counts.total:
            self._fault.pass_by("staged")
        return counts


class FaultyLog(CommitLog):
    """A commit log that can strike before and after a commit is added."""

    def __init__(self, filesystem: FileSystem, fault: Fault) -> None:
        super().__init__(filesystem)
        self._fault = fault

    def append(self, commit: Commit, staging: str) -> None:
        """Add a commit."""
        self._fault.pass_by("renamed")
        super().append(commit, staging)
        self._fault.pass_by("logged")
