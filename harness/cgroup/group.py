"""What a cgroup tree is: a parent that carries the limits, and below it a leaf a service.

The leaves make a kill attributable: the kernel counts it in the group that its victim was in.
"""

import contextlib
import errno
import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from harness.errors import ServiceFailed
from harness.system.child_environment import TOOL, create_environment

PERIOD_US = 100_000
"""The kernel's own default for the period of a CPU quota."""
# Only a process that cannot be killed takes longer, whatever the machine.
REMOVAL_S = 60.0

# A shell of its own for a millisecond, and not Popen's `preexec_fn`: Python may not run between
# fork and exec where there are threads, and without one Popen can vfork, which does not copy this
# process's page tables. Measured with 220 MB resident, from Popen to the end of `true`, median of
# 90 each: 2.0 ms without a cgroup, 3.5 through the shell, 5.3 through `preexec_fn`.
_ENTER = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit; shift; done; shift; exec "$@"'


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of memory, a CPU quota in cores, and the cores themselves."""

    memory_bytes: int
    vcpu: float
    cores: tuple[int, ...]

    @property
    def cpus(self) -> str:
        """The cores as the kernel has them, `0,1`."""
        return ",".join(map(str, self.cores))


@dataclass(frozen=True, slots=True)
class Count:
    """The kernel's counts of one group and those below it.

    `charged_bytes` has the page cache in it; `charged_peak_bytes` is None where the kernel keeps
    none.
    """

    cpu_s: float
    charged_bytes: int
    charged_peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class Whole(Count):
    """The counts of a whole tree; the page cache is not in `anonymous_bytes`.

    `throttled_s` is summed over the cores.
    """

    anonymous_bytes: int
    throttled_s: float


@dataclass(frozen=True, slots=True)
class TreeCounts:
    """The counts of the whole tree and of each leaf; `oom_kills` are by leaf."""

    whole: Whole
    leaves: Mapping[str, Count]
    oom_kills: Mapping[str, int]


class Counted(Protocol):
    """What the kernel counts by leaves, whoever made it."""

    @property
    def kind(self) -> Literal["cgroup-v1", "cgroup-v2"]:
        """Which version it is of."""

    def read(self) -> TreeCounts:
        """Return all counts; raises OSError where the group is gone."""

    def reset_peaks(self) -> None:
        """Reset the charged peaks, where the kernel can."""


class Tree(BaseModel, ABC):
    """One cluster's cgroup tree, which may be in several hierarchies."""

    model_config = ConfigDict(frozen=True)

    @abstractmethod
    def folders(self) -> Sequence[Path]:
        """Return the parent's folder in each hierarchy, the memory controller's first."""

    @abstractmethod
    def limit(self, limits: Limits) -> None:
        """Make the parent, and set its limits."""

    @abstractmethod
    def allow(self, vcpu: float) -> None:
        """Set the CPU quota of the whole, in cores."""

    @abstractmethod
    def weigh(self, leaf: str, weight: int) -> None:
        """Set a leaf's CPU weight beside the others' (100 by default)."""

    @abstractmethod
    def count(self, leaf: str) -> Count:
        """Return the counts of a leaf."""

    @abstractmethod
    def count_all(self) -> Whole:
        """Return the counts of the whole."""

    @abstractmethod
    def oom_kill(self, leaf: str) -> int:
        """Return how many processes of a leaf the kernel has killed for memory."""

    @abstractmethod
    def reset_peaks(self) -> None:
        """Reset the charged peaks, where the kernel can."""

    @property
    def place(self) -> Path:
        """Where it is, or is to be."""
        return self.folders()[0]

    def make(self, limits: Limits, leaves: Collection[str]) -> None:
        """Make the tree and check that a process can enter; raises OSError where that fails."""
        self.limit(limits)
        for leaf in leaves:
            for folder in self.folders():
                (folder / leaf).mkdir()
        for leaf in leaves:
            tried = subprocess.run(
                self.enter(leaf, ["true"]),
                capture_output=True,
                text=True,
                env=create_environment(TOOL),
                check=False,
            )
            if tried.returncode != 0:
                raise PermissionError(errno.EPERM, f"no process can enter: {tried.stderr.strip()}")

    def enter(self, leaf: str, arguments: Sequence[str]) -> list[str]:
        """Return the command line that enters a leaf and executes `arguments` there.

        It enters first, so that nothing the program allocates or starts is outside.
        """
        procs = [str(folder / leaf / "cgroup.procs") for folder in self.folders()]
        return ["/bin/sh", "-c", _ENTER, "enter", *procs, "--", *arguments]

    def leaves(self) -> list[str]:
        """Return the names of the leaves; raises FileNotFoundError where the tree is gone."""
        with os.scandir(self.place) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())

    def read(self) -> TreeCounts:
        """Return all counts; raises OSError where the tree is gone."""
        leaves = self.leaves()
        return TreeCounts(
            whole=self.count_all(),
            leaves={leaf: self.count(leaf) for leaf in leaves},
            oom_kills={leaf: self.oom_kill(leaf) for leaf in leaves},
        )

    def remove(self) -> None:
        """Remove what is there of the tree, once its processes have ended.

        Raises ServiceFailed where one has not within a minute.
        """
        # A process that was killed leaves its group a moment after its end is known.
        removal = Retrying(
            retry=retry_if_exception_type(OSError),
            stop=stop_after_delay(REMOVAL_S),
            wait=wait_fixed(0.02),
            reraise=True,
        )
        for folder in self.folders():
            try:
                removal(_remove, folder)
            except OSError as error:
                raise ServiceFailed(
                    f"The cgroup {folder} could not be removed.",
                    why=str(error),
                    do="end the processes in it, then `make down`",
                ) from error


def _remove(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        for path in folder.iterdir():
            if path.is_dir():
                path.rmdir()
        folder.rmdir()


def number(path: Path) -> int:
    """Return the only number in a file."""
    return int(path.read_bytes())


def table(path: Path) -> dict[str, int]:
    """Return the names and numbers of a file that has a pair a line."""
    pairs = (line.split() for line in path.read_bytes().splitlines())
    return {name.decode("ascii"): int(value) for name, value in pairs}


def put(path: Path, value: object) -> None:
    """Write a setting; the kernel refuses a file that it does not have."""
    path.write_text(str(value), encoding="ascii")
