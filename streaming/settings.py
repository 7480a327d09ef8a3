"""What the job takes from its environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


class SettingsError(ValueError):
    """A setting is missing or malformed."""


@dataclass(frozen=True)
class Settings:
    """Where the job reads, writes and reports, and how often.

    `kafka` is what Kafka's client wants to be let in, and `hadoop` the file system's; both may hold
    a password, and so are no part of a command line.
    """

    bootstrap_servers: str
    topic: str
    filesystem: str
    trigger_s: float
    checkpoint: str
    progress: str
    kafka: Mapping[str, str] = field(default_factory=dict, repr=False)
    hadoop: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read `STREAMING_*`; raise SettingsError naming every variable that is missing."""
        names = {name: f"STREAMING_{name.upper()}" for name in cls.__dataclass_fields__}
        needed = [name for key, name in names.items() if key not in ("kafka", "hadoop")]
        missing = [name for name in needed if not environ.get(name)]
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
        )


def _seconds(name: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.001 <= seconds <= 3600:
        raise SettingsError(f"{name} must be 0.001 to 3600 seconds, not {text!r}")
    return seconds


def _texts(name: str, text: str) -> Mapping[str, str]:
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not all(isinstance(one, str) for one in fields.values()):
        raise SettingsError(f"{name} must be a JSON object of texts")
    return fields
