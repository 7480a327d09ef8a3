"""The configuration of a run: one frozen, validated model."""

from __future__ import annotations

import copy
import difflib
import functools
import hashlib
import math
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import tomli_w
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from contract.failpoints import FailpointName
from harness.config.external import External
from harness.errors import UsageError
from harness.system.paths import ROOT
from harness.system.units import GIB, MIB
from harness.verbs import PARAMETERS

PREFIX = "BENCH_"
BackendName = Literal["native", "compose", "external"]
RESERVED = frozenset(one.name for one in PARAMETERS.values() if not one.is_setting)
"""Parameters of verbs, which share the prefix of the environment's settings."""

_UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": GIB}
# tomllib raises a plain ValueError for a number of more than 4,300 digits.
_UNREADABLE = (ValueError, RecursionError)
_SHOWN = 200
_SIZE = re.compile(r"(?i)^\s*(\d+(?:\.\d+)?)\s*([KMG]?)i?B?\s*$")


def parse_bytes(value: object) -> object:
    """Bytes from `3.25GB`, `192MB`, `512` or a number; GB is 2^30 bytes.

    Raises ValueError when a text is no size.
    """
    if not isinstance(value, str):
        return value
    match = _SIZE.match(value)
    if match is None:
        raise ValueError(f"{value!r} is no size in bytes; write for example 3.25GB or 192MB")
    number = float(match[1])
    if math.isinf(number):
        raise ValueError("it is too large for a size in bytes")
    return int(number * _UNITS[match[2].upper() + "B"])


Bytes = Annotated[int, BeforeValidator(parse_bytes), Field(gt=0)]
Port = Annotated[int, Field(ge=1024, le=65535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """A table of the configuration: frozen, and closed to unknown keys."""

    # What does not hold may be a secret, or beside one.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, hide_input_in_errors=True)


class AppSettings(Section):
    """The Flask app: how it publishes and who serves it."""

    port: Port = 5000
    server: Literal["granian", "development"] = "granian"
    workers: int = Field(default=2, ge=1, le=64)
    threads: int = Field(default=64, ge=1, le=256)
    publish: Literal["acknowledged", "queued"] = "acknowledged"
    linger_ms: int = Field(default=5, ge=0, le=1000)


class KafkaSettings(Section):
    """The broker, which is its own controller."""

    port: Port = 9092
    controller_port: Port = 9093
    heap: Bytes = 192 * MIB
    topic: str = Field(default="menu_app_events", pattern=r"^[A-Za-z0-9._-]{1,200}$")
    partitions: int = Field(default=2, ge=1, le=16)


class HdfsSettings(Section):
    """The NameNode and the DataNode."""

    namenode_port: Port = 8020
    namenode_http_port: Port = 9870
    datanode_port: Port = 9866
    datanode_http_port: Port = 9864
    datanode_ipc_port: Port = 9867
    namenode_heap: Bytes = 96 * MIB
    datanode_heap: Bytes = 64 * MIB


class MetastoreSettings(Section):
    """The Hive metastore on an embedded Derby."""

    port: Port = 9083
    heap: Bytes = 64 * MIB


class PrestoSettings(Section):
    """Presto's coordinator, which is its own worker."""

    port: Port = 8080
    heap: Bytes = 192 * MIB


class StreamingSettings(Section):
    """The Structured Streaming job."""

    trigger_s: Seconds = 1.0
    driver_memory: Bytes = 480 * MIB


class LoadSettings(Section):
    """What is sent, and how.

    `ab` makes one call after another, `pycurl` interleaves them: at a rate, or else whenever one of
    `concurrency` connections is free.
    """

    tool: Literal["ab", "pycurl"] = "ab"
    rate_per_s: float | None = Field(default=None, gt=0)
    concurrency: int = Field(default=64, ge=1, le=1024)
    keep_alive: bool = True
    fraction: float = Field(default=1.0, gt=0, le=1)
    requests_per_call: int | None = Field(default=None, ge=1)
    timeout_s: Seconds = 600.0

    @model_validator(mode="after")
    def _check_rate(self) -> Self:
        if self.rate_per_s and self.tool == "ab":
            raise ValueError("ab keeps no rate_per_s; tool pycurl does")
        return self


class BudgetSettings(Section):
    """What all services and the load tool may use together."""

    vcpu: float = Field(default=2.0, gt=0)
    memory: Bytes = int(3.25 * GIB)


class MonitorSettings(Section):
    """How often the services are looked at.

    With an interval longer than the run, only its first and last moment and those between phases
    are: what the sampler costs is the difference to such a run.
    """

    interval_s: Seconds = 1.0
    pss_interval_s: Seconds = 10.0


class Deadlines(Section):
    """How long a phase may wait before it says what it waited for."""

    start_s: Seconds = 120.0
    stop_s: Seconds = 20.0
    drain_s: Seconds = 120.0


class RestartSettings(Section):
    """Whether a service that has died is started again: `limit` times in a row, so never at 0.

    It is waited `backoff_s` before the first time, then twice as long each time, `backoff_max_s` at
    the most. Once the service has been ready for `steady_s`, another row begins.
    """

    limit: int = Field(default=0, ge=0, le=100)
    steady_s: Seconds = 30.0
    backoff_s: Seconds = 0.5
    backoff_max_s: Seconds = 8.0


class FaultSettings(Section):
    """What a fault run breaks, by its name in harness/faults, which sets the rest of this.

    `hook` is the point of a commit at which the streaming job may be killed, `clock` gives the app
    a clock that can be set, and the folder of the service `tmpfs` is a small file system.
    """

    name: str | None = None
    hook: FailpointName | None = None
    clock: bool = False
    tmpfs: Literal["kafka", "datanode"] | None = None


class Config(Section):
    """Everything a run depends on."""

    profile: str
    seed: int = Field(default=1, ge=0, lt=2**63)
    backend: BackendName = "native"
    app: AppSettings = AppSettings()
    kafka: KafkaSettings = KafkaSettings()
    hdfs: HdfsSettings = HdfsSettings()
    metastore: MetastoreSettings = MetastoreSettings()
    presto: PrestoSettings = PrestoSettings()
    streaming: StreamingSettings = StreamingSettings()
    load: LoadSettings = LoadSettings()
    budget: BudgetSettings = BudgetSettings()
    monitor: MonitorSettings = MonitorSettings()
    deadlines: Deadlines = Deadlines()
    restart: RestartSettings = RestartSettings()
    fault: FaultSettings = FaultSettings()
    external: External | None = None

    @model_validator(mode="after")
    def _check_fault(self) -> Self:
        if self.fault.name and not self.load.rate_per_s:
            raise ValueError("only an open loop goes on through a fault: set load.rate_per_s")
        if self.fault.name and self.backend != "native":
            raise ValueError("only the services of the backend native can be broken")
        return self

    @model_validator(mode="after")
    def _check_external(self) -> Self:
        if self.backend == "external" and self.external is None:
            raise ValueError("the backend external wants a section [external]")
        return self

    def secrets(self) -> dict[str, str]:
        """What is left out wherever the configuration is written to, as variables of a process."""
        if self.external is None:
            return {}
        found = {key: functools.reduce(getattr, key.split("."), self) for key in SECRETS}
        return {
            PREFIX + key.upper().replace(".", "__"): value.get_secret_value()
            for key, value in found.items()
            if isinstance(value, SecretStr)
        }

    def toml(self) -> str:
        """The whole resolved configuration as TOML; absent options are left out."""
        return tomli_w.dumps(self.model_dump(exclude_none=True))

    def ports(self) -> dict[str, int]:
        """Every port of a service, by its key."""
        return {
            f"{section}.{key}": value
            for section, settings in self.model_dump().items()
            if isinstance(settings, dict)
            for key, value in settings.items()
            if key.endswith("port")
        }

    def sha256(self) -> str:
        """The hash of the resolved configuration, as lower-case hexadecimal."""
        return hashlib.sha256(self.toml().encode()).hexdigest()


def load(
    profile: str,
    settings: Iterable[str] = (),
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Config:
    """The configuration of `profile`: its file, then `BENCH_…` variables, then `a.b=c` settings.

    Raises UsageError naming the place of an unknown key, a value that does not fit, or a file
    that is no TOML.
    """
    folder = folder or ROOT / "profiles"
    tree = _read(profile, folder)
    for key, value in _from_environment(environment):
        _put(tree, key, value, f"the environment variable {PREFIX}{key.upper()}")
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"The setting {setting!r} cannot be read.",
                do='write key=value, as in SET="load.concurrency=32"',
            )
        _put(tree, key.strip(), value.strip(), f"the setting {setting!r}")
    try:
        return Config.model_validate({"profile": profile, **tree})
    except ValidationError as error:
        raise UsageError(
            f"The configuration of profile {profile!r} does not hold.",
            why="; ".join(_explain(dict(detail)) for detail in error.errors()),
            do=f"mend {folder.name}/{profile}.toml or the setting named above",
        ) from error


def restore(fields: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration that `model_dump` made `fields` of, with its secrets from `environment`."""
    tree = copy.deepcopy(dict(fields))
    if tree.get("external"):
        for key, value in _from_environment(environment):
            if key in SECRETS:
                _put(tree, key, value, key)
    return Config.model_validate(tree)


def profiles(folder: Path) -> list[str]:
    """The names of the profiles in `folder`, sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def _read(profile: str, folder: Path) -> dict[str, Any]:
    known = profiles(folder)
    if profile not in known:
        raise UsageError(
            f"There is no profile {profile!r}.",
            do=f"use one of: {', '.join(known)}" + _hint(profile, known),
        )
    path = folder / f"{profile}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except _UNREADABLE as error:
        raise UsageError(f"{folder.name}/{path.name} is no TOML.", why=str(error)) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"{folder.name}/{path.name} cannot be read.", why=why) from error


def _from_environment(environment: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name in sorted(environment):
        rest = name.removeprefix(PREFIX)
        if rest != name and rest not in RESERVED and environment[name] != "":
            yield rest.lower().replace("__", "."), environment[name]


def _put(tree: dict[str, Any], key: str, text: str, source: str) -> None:
    *sections, leaf = key.split(".")
    node = tree
    for section in sections:
        node = node.setdefault(section, {})
        if not isinstance(node, dict):
            raise UsageError(f"{source} names {key!r}, but {section!r} is no section.")
    # A password of digits is a text.
    node[leaf] = text if key in SECRETS else _value(text)


def _value(text: str) -> object:
    """A TOML value where the text is one, else the text itself, so that strings need no quotes."""
    try:
        tree = tomllib.loads(f"value = {text}")
    except _UNREADABLE:
        return text
    # A text of several lines may go on with other keys, which would be lost.
    return tree["value"] if tree.keys() == {"value"} else text


def _explain(detail: dict[str, Any]) -> str:
    # A key of TOML may hold anything, even the end of a line.
    place = _shortened(".".join(str(part) for part in detail["loc"])) or "the whole"
    if detail["type"] != "extra_forbidden":
        if place in SECRETS or isinstance(detail["input"], dict):
            return f"{place}: {_shortened(detail['msg'])}"
        return f"{place}: {_shortened(detail['msg'])} (it is {_shortened(repr(detail['input']))})"
    known = _keys(Config)
    return f"{place}: no such key{_hint(place, known)}"


def _shortened(text: str) -> str:
    """The text in one line that a terminal can show."""
    printable = "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
    return printable if len(printable) <= _SHOWN else f"{printable[: _SHOWN - 1]}…"


def _keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                keys += _keys(inner, f"{prefix}{name}.")
    return keys


SECRETS = frozenset(
    f"external.{part}.{name}"
    for part, section in External.model_fields.items()
    if isinstance(section.annotation, type) and issubclass(section.annotation, BaseModel)
    for name, field in section.annotation.model_fields.items()
    if SecretStr in get_args(field.annotation)
)
"""The keys whose values are for nobody to read."""


def _hint(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
