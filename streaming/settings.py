"""What the job takes from its environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

from contract.failpoints import FAILPOINTS
from streaming.fault import Fault


class SettingsError(ValueError):
    """A setting is missing or malformed."""


@dataclass(frozen=True)
class Settings:
    """Where the job reads, writes and reports, and how often.

    `kafka` is what Kafka's client wants to be let in, and `hadoop` the file system's; both may hold
    a password, and so are no part of a command line. `fault` is a fault run's alone.
    """

    bootstrap_servers: str
    topic: str
    filesystem: str
    trigger_s: float
    checkpoint: str
    progress: str
    kafka: Mapping[str, str] = field(default_factory=dict, repr=False)
    hadoop: Mapping[str, str] = field(default_factory=dict, repr=False)
    fault: Fault | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read `STREAMING_*`; raise SettingsError naming every variable that is missing."""
        names = {one.name: f"STREAMING_{one.name.upper()}" for one in fields(cls)}
        needed = [one.name for one in fields(cls) if one.default is one.default_factory is MISSING]
        missing = [names[name] for name in needed if not environ.get(names[name])]
        if missing:
            raise SettingsError(f"not set: {', '.join(missing)}")
        return cls(
            bootstrap_servers=environ[names["bootstrap_servers"]],
            topic=environ[names["topic"]],
            filesystem=environ[names["filesystem"]].rstrip("/"),
            trigger_s=_seconds(names["trigger_s"], environ[names["trigger_s"]]),
            checkpoint=environ[names["checkpoint"]],
            progress=environ[names["progress"]],
            kafka=_texts(names["kafka"], environ.get(names["kafka"], "{}")),
            hadoop=_texts(names["hadoop"], environ.get(names["hadoop"], "{}")),
            fault=_fault(names["fault"], environ.get(names["fault"])),
        )


def _seconds(name: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.001 <= seconds <= 3600:
        raise SettingsError(f"{name} must be 0.001 to 3600 seconds, not {text!r}")
    return seconds


def _fault(name: str, text: str | None) -> Fault | None:
    if text is None:
        return None
    point, _, file = text.partition(":")
    if point not in FAILPOINTS or not file:
        points = ", ".join(FAILPOINTS)
        raise SettingsError(f"{name} must be one of {points}, `:` and a file, not {text!r}")
    return Fault(point, Path(file))


def _texts(name: str, text: str) -> Mapping[str, str]:
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise SettingsError(f"{name} must be a JSON object of texts")
    return given
