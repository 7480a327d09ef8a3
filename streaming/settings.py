"""The settings of the job, read from its environment."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Self

from contract.failpoints import FAILPOINTS
from streaming.failpoint import Failpoint


class JobSettingsError(ValueError):
    """A setting is missing or malformed."""


@dataclass(frozen=True)
class JobSettings:
    """The places that the job reads, writes and reports to, and how often it commits.

    `end_s` is how long the virtual machine may take to end.

    `kafka` are properties of Kafka's client and `hadoop` those of the file system's. Both may hold
    a password, and so are no part of a command line. `failpoint` is set in a fault run alone.
    """

    bootstrap_servers: str
    topic: str
    filesystem: str
    trigger_s: float
    end_s: float
    checkpoint: str
    progress: str
    kafka: Mapping[str, str] = field(default_factory=dict, repr=False)
    hadoop: Mapping[str, str] = field(default_factory=dict, repr=False)
    failpoint: Failpoint | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read `STREAMING_*`.

        Raises JobSettingsError, which names every variable that is missing.
        """
        required = [
            setting.name
            for setting in fields(cls)
            if setting.default is setting.default_factory is MISSING
        ]
        names = [f"STREAMING_{name.upper()}" for name in required]
        missing = [name for name in names if not environ.get(name)]
        if missing:
            raise JobSettingsError(f"not set: {', '.join(missing)}")
        return cls(
            bootstrap_servers=environ["STREAMING_BOOTSTRAP_SERVERS"],
            topic=environ["STREAMING_TOPIC"],
            filesystem=environ["STREAMING_FILESYSTEM"].rstrip("/"),
            trigger_s=_read_seconds(environ, "STREAMING_TRIGGER_S"),
            end_s=_read_seconds(environ, "STREAMING_END_S"),
            checkpoint=environ["STREAMING_CHECKPOINT"],
            progress=environ["STREAMING_PROGRESS"],
            kafka=_read_properties(environ, "STREAMING_KAFKA"),
            hadoop=_read_properties(environ, "STREAMING_HADOOP"),
            failpoint=_read_failpoint(environ, "STREAMING_FAILPOINT"),
        )


def _read_seconds(environ: Mapping[str, str], name: str) -> float:
    try:
        seconds = float(environ[name])
    except ValueError:
        seconds = -1.0
    if not 0.001 <= seconds <= 3600:
        raise JobSettingsError(f"{name} must be 0.001 to 3600 seconds, not {environ[name]!r}")
    return seconds


def _read_failpoint(environ: Mapping[str, str], name: str) -> Failpoint | None:
    if name not in environ:
        return None
    point, _, file = environ[name].partition(":")
    if point not in FAILPOINTS or not file:
        points = ", ".join(FAILPOINTS)
        raise JobSettingsError(
            f"{name} must be one of {points}, `:` and a file, not {environ[name]!r}"
        )
    return Failpoint(point, Path(file))


def _read_properties(environ: Mapping[str, str], name: str) -> Mapping[str, str]:
    try:
        properties = json.loads(environ.get(name, "{}"))
    except ValueError:
        properties = None
    if not isinstance(properties, dict) or not all(
        isinstance(value, str) for value in properties.values()
    ):
        raise JobSettingsError(f"{name} must be a JSON object of texts")
    return properties
