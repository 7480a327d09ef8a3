"""Where the cgroup hierarchies are mounted, and which of their groups is ours."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

V1_CONTROLLERS = frozenset({"memory", "cpu", "cpuacct", "cpuset"})


@dataclass(frozen=True, slots=True)
class V2Mount:
    """The one hierarchy of version 2: where it is mounted, and the folder of our own group."""

    point: Path
    own: Path


@dataclass(frozen=True, slots=True)
class Mounts:
    """Our own group's folder by controller of version 1, and version 2."""

    v1: Mapping[str, Path]
    v2: V2Mount | None

    @classmethod
    def from_proc(cls, root: Path) -> Self:
        """Read this process's mounts from /proc/self/mountinfo and /proc/self/cgroup (proc(5))."""
        own = read_groups(root / "proc/self/cgroup")
        v1: dict[str, Path] = {}
        v2 = None
        for line in (root / "proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
            fields, _, kind = line.partition(" - ")
            top, point = map(_unescaped, fields.split()[3:5])
            file_system, _, options = kind.split(maxsplit=2)
            mounted = root / point.lstrip("/")
            if file_system == "cgroup2" and "" in own:
                v2 = V2Mount(mounted, mounted / _below(top, own[""]))
            elif file_system == "cgroup":
                for controller in V1_CONTROLLERS & set(options.split(",")) & own.keys():
                    v1[controller] = mounted / _below(top, own[controller])
        return cls(v1, v2)

    def has_v1(self) -> bool:
        """Return whether every controller that is needed is one of version 1."""
        return self.v1.keys() >= V1_CONTROLLERS

    def v2_upwards(self) -> Iterator[Path]:
        """Yield our own group's folder of version 2, and the mounted folders above it."""
        if self.v2 is None:
            return
        for folder in (self.v2.own, *self.v2.own.parents):
            if folder.is_relative_to(self.v2.point):
                yield folder


def read_groups(path: Path) -> dict[str, str]:
    """Return a process's group by controller, from /proc/PID/cgroup; version 2 has no name."""
    groups = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        _, controllers, group = line.split(":", 2)
        groups.update(dict.fromkeys(controllers.split(","), group))
    return groups


def _below(top: str, group: str) -> str:
    """Return a group's path below the mounted group, the only one a container may see."""
    path = Path(group)
    return str(path.relative_to(top)) if path.is_relative_to(top) else ""


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)
