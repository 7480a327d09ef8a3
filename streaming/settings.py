"""What the job takes from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from pathlib import Path

from streaming.fault import POINTS, Fault


class SettingsError(ValueError):
    """A setting is missing or malformed."""


@dataclass(frozen=True)
class Settings:
    """Where the job reads, writes and reports, and how often; `fault` is a fault run's alone."""

    bootstrap_servers: str
    topic: str
    filesystem: str
    trigger_s: float
    checkpoint: str
    progress: str
    fault: Fault | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read `STREAMING_*`; raise SettingsError naming every variable that is missing."""
        names = {field: f"STREAMING_{field.upper()}" for field in cls.__dataclass_fields__}
        needed = [
            field for field, made in cls.__dataclass_fields__.items() if made.default is MISSING
        ]
        missing = [names[field] for field in needed if not environ.get(names[field])]
        if missing:
            raise SettingsError(f"not set: {', '.join(missing)}")
        return cls(
            bootstrap_servers=environ[names["bootstrap_servers"]],
            topic=environ[names["topic"]],
            filesystem=environ[names["filesystem"]].rstrip("/"),
            trigger_s=_seconds(names["trigger_s"], environ[names["trigger_s"]]),
            checkpoint=environ[names["checkpoint"]],
            progress=environ[names["progress"]],
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
    if point not in POINTS or not file:
        raise SettingsError(f"{name} must be one of {', '.join(POINTS)}, `:` and a file: {text!r}")
    return Fault(point, Path(file))
