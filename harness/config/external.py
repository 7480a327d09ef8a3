"""The engines of others: where they are, and who asks them. The section [external]."""

from typing import Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

# Left out of whatever the configuration is written to: a record, a log, the cluster's state.
Secret = Field(default=None, exclude=True)


class ConfigTable(BaseModel):
    """A table of the configuration: frozen, and closed to unknown keys."""

    # A value that does not hold may be a secret, or stand beside one.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, hide_input_in_errors=True)


class ExternalKafka(ConfigTable):
    """The brokers, as `host:port,host:port`, and how a client proves who it is.

    `ca` is a PEM file of the authorities that vouch for the brokers; the system's where None.
    """

    bootstrap_servers: str = Field(pattern=r"^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    user: str | None = Field(default=None, min_length=1)
    password: SecretStr | None = Secret
    ca: str | None = None
    replication_factor: int = Field(default=1, ge=1, le=16)

    @model_validator(mode="after")
    def _check_user(self) -> Self:
        if self.security_protocol.startswith("SASL") and self.user is None:
            raise ValueError(f"{self.security_protocol} wants a user")
        return self


class ExternalFileSystem(ConfigTable):
    """A Hadoop file system, as `hdfs://host:port/folder` or `s3a://bucket/folder`.

    Of HDFS, `webhdfs` is the URL of the NameNode's HTTP interface, as `http://host:port`, and
    `user` who writes. Of S3, the two keys are given, or found as its clients do. `settings` are
    Hadoop's own, passed through.
    """

    uri: str = Field(pattern=r"^(hdfs|s3a)://[^/\s]+(/[^\s]*)?$")
    webhdfs: str | None = Field(default=None, pattern=r"^https?://[^/\s]+$")
    user: str = "bench"
    access_key: SecretStr | None = Secret
    secret_key: SecretStr | None = Secret
    settings: dict[str, str] = {}

    @model_validator(mode="after")
    def _check_webhdfs(self) -> Self:
        if urlsplit(self.uri).scheme == "hdfs" and self.webhdfs is None:
            raise ValueError("hdfs wants webhdfs, as http://host:port")
        return self


class ExternalPresto(ConfigTable):
    """Presto or Trino, as `http://host:port` or `https://host:port`, and its Hive catalog."""

    url: str = Field(pattern=r"^https?://[^/:\s]+:\d{1,5}$")
    engine: Literal["presto", "trino"] = "presto"
    catalog: str = Field(default="hive", pattern=r"^[a-z][a-z0-9_]*$")
    user: str = "bench"
    password: SecretStr | None = Secret
    ca: str | None = None

    @model_validator(mode="after")
    def _check_password(self) -> Self:
        if self.password is not None and not self.url.startswith("https:"):
            raise ValueError("a password goes over https alone")
        return self


class ExternalSpark(ConfigTable):
    """The master that the job's executors run under; its driver runs here, at `driver_host`.

    `packages` are fetched by spark-submit, such as those of a file system; `settings` are Spark's
    own, passed through.
    """

    master: str = Field(default="local[2]", pattern=r"^(local(\[.+\])?|yarn|(spark|k8s)://\S+)$")
    driver_host: str = "127.0.0.1"
    packages: tuple[str, ...] = ()
    settings: dict[str, str] = {}


class External(ConfigTable):
    """All of it.

    What a run makes there, a topic, a folder of the file system and a schema of the catalog, is
    called after `prefix`, and goes when the cluster does unless `keep`.
    """

    prefix: str = Field(default="pipeline_benchmark", pattern=r"^[a-z][a-z0-9_]{0,60}$")
    keep: bool = False
    kafka: ExternalKafka
    filesystem: ExternalFileSystem
    presto: ExternalPresto
    spark: ExternalSpark = ExternalSpark()


SECRETS = frozenset(
    f"external.{part}.{name}"
    for part, section in External.model_fields.items()
    if isinstance(section.annotation, type) and issubclass(section.annotation, BaseModel)
    for name, field in section.annotation.model_fields.items()
    if SecretStr in get_args(field.annotation)
)
"""The keys whose values are for nobody to read."""
