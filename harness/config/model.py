"""The model of the configuration: one frozen, validated class with a class for each section."""

import functools
import hashlib
import math
import re
from typing import Annotated, Literal, Self

import tomli_w
from pydantic import BeforeValidator, Field, SecretStr, model_validator

from contract.failpoints import FailpointName
from harness.config.external import SECRETS, ConfigTable, External
from harness.system.units import GIB, MIB
from harness.system.verbs import PREFIX

BackendName = Literal["native", "compose", "external"]

_UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": GIB}
_SIZE = re.compile(r"(?i)^\s*(\d+(?:\.\d+)?)\s*([KMG]?)i?B?\s*$")


def parse_bytes(value: object) -> object:
    """Return the bytes of `3.25GB`, `192MB`, `512` or a number; GB is 2^30 bytes.

    Raises ValueError where a text is no size.
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


class AppSettings(ConfigTable):
    """The Flask app: how it publishes and who serves it."""

    port: Port = 5000
    server: Literal["granian", "development"] = "granian"
    workers: int = Field(default=2, ge=1, le=64)
    threads: int = Field(default=64, ge=1, le=256)
    client: Literal["librdkafka", "kafka-python"] = "librdkafka"
    publish: Literal["acknowledged", "queued"] = "acknowledged"
    linger_ms: int = Field(default=5, ge=0, le=1000)

    @model_validator(mode="after")
    def _check_client(self) -> Self:
        if self.client == "kafka-python" and self.publish != "queued":
            raise ValueError('client "kafka-python" publishes only with publish = "queued"')
        return self


class KafkaSettings(ConfigTable):
    """The broker, which is its own controller."""

    port: Port = 9092
    controller_port: Port = 9093
    heap: Bytes = 192 * MIB
    topic: str = Field(default="menu_app_events", pattern=r"^[A-Za-z0-9._-]{1,200}$")
    partitions: int = Field(default=2, ge=1, le=16)


class HdfsSettings(ConfigTable):
    """The NameNode and the DataNode."""

    namenode_port: Port = 8020
    namenode_http_port: Port = 9870
    datanode_port: Port = 9866
    datanode_http_port: Port = 9864
    datanode_ipc_port: Port = 9867
    namenode_heap: Bytes = 96 * MIB
    datanode_heap: Bytes = 64 * MIB


class MetastoreSettings(ConfigTable):
    """The Hive metastore on an embedded Derby."""

    port: Port = 9083
    heap: Bytes = 64 * MIB


class PrestoSettings(ConfigTable):
    """Presto's coordinator, which is its own worker."""

    port: Port = 8080
    heap: Bytes = 192 * MIB


class StreamingSettings(ConfigTable):
    """The Structured Streaming job."""

    trigger_s: Seconds = 1.0
    driver_memory: Bytes = 480 * MIB


class LoadSettings(ConfigTable):
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


class BudgetSettings(ConfigTable):
    """What all services and the load tool may use together."""

    vcpu: float = Field(default=2.0, gt=0)
    memory: Bytes = int(3.25 * GIB)


class MonitorSettings(ConfigTable):
    """How often the services are looked at.

    With an interval longer than the run, only its first and last moment and those between phases
    are: what the sampler costs is the difference to such a run.
    """

    interval_s: Seconds = 1.0
    pss_interval_s: Seconds = 10.0


START_S = 120.0


class Deadlines(ConfigTable):
    """How long a service may take to start, and the drain; `stop_s` has no effect.

    A slow machine is given a longer `start_s`, and with it longer waits of every other kind: for
    an answer, for a process to end. A profile of a user's may have `stop_s`: it is accepted, as
    ever.
    """

    start_s: Seconds = START_S
    stop_s: Seconds = 20.0
    drain_s: Seconds = 120.0

    @property
    def patience(self) -> float:
        """How many times as long as by default everything else may take; never less."""
        return max(1.0, self.start_s / START_S)


class RestartSettings(ConfigTable):
    """Whether a service that has died is started again: `limit` times in a row, so never at 0.

    It is waited `backoff_s` before the first time, then twice as long each time, `backoff_max_s` at
    the most. Once the service has been ready for `steady_s`, another row begins.
    """

    limit: int = Field(default=0, ge=0, le=100)
    steady_s: Seconds = 30.0
    backoff_s: Seconds = 0.5
    backoff_max_s: Seconds = 8.0


class FaultSettings(ConfigTable):
    """What a fault run breaks, by its name in harness/faults, which sets the rest of this.

    `hook` is the point of a commit at which the streaming job may be killed, `clock` gives the app
    a clock that can be set, and the folder of the service `tmpfs` is a small file system.
    """

    name: str | None = None
    hook: FailpointName | None = None
    clock: bool = False
    tmpfs: Literal["kafka", "datanode"] | None = None


class MarkSettings(ConfigTable):
    """The limits above which a valid run is marked, and left out of history and comparisons.

    `others_cpu_share` is of the time of the cores that the services may run on: above it, the run
    is *disturbed*. It is marked *generator* above `generator_late_share` of the requests of an open
    loop, or above `generator_cpu_share` of one core. At 1 a limit is off.
    """

    others_cpu_share: float = Field(default=0.05, ge=0, le=1)
    generator_late_share: float = Field(default=0.01, ge=0, le=1)
    generator_cpu_share: float = Field(default=0.8, ge=0, le=1)


class Config(ConfigTable):
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
    marks: MarkSettings = MarkSettings()
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
        """Return the values that are written nowhere, as variables of a process."""
        if self.external is None:
            return {}
        values = {key: functools.reduce(getattr, key.split("."), self) for key in SECRETS}
        return {
            PREFIX + key.upper().replace(".", "__"): value.get_secret_value()
            for key, value in values.items()
            if isinstance(value, SecretStr)
        }

    def toml(self) -> str:
        """Return the whole resolved configuration as TOML; absent options are left out."""
        return tomli_w.dumps(self.model_dump(exclude_none=True))

    def ports(self) -> dict[str, int]:
        """Return every port of a service, by its key."""
        return {
            f"{section}.{key}": value
            for section, settings in self.model_dump().items()
            if isinstance(settings, dict)
            for key, value in settings.items()
            if key.endswith("port")
        }

    def sha256(self) -> str:
        """Return the SHA-256 of the resolved configuration, as lower-case hexadecimal."""
        return hashlib.sha256(self.toml().encode()).hexdigest()
